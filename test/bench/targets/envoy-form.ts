// The forms in which Envoy is measured.

/** Each level has all of the one before it; envoy.ts says what each is for. */
export type EnvoyLevel = 'bare' | 'mesh' | 'telemetry';

export interface EnvoyForm {
  readonly level: EnvoyLevel;
  /** What two hops speak to each other. */
  readonly between: 'http1' | 'http2';
}
