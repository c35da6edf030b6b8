import { runCommonCases } from './testing/balancer-cases.ts';

runCommonCases('random');
