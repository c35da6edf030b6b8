// The entry of a proxy process: from a file (static mode) or with a control plane (mesh mode).

export { startMesh } from './mesh-mode.ts';
export { InvalidConfigError, type RunningProxy, startStatic } from './static-mode.ts';
