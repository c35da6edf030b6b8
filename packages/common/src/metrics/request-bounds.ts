// The bounds of the request histograms, shared by the proxy, which writes them, and the control plane, which
// computes percentiles from them.

/** Envoy's default bounds, which Istio uses for milliseconds and bytes alike; without +Inf. */
export const REQUEST_BOUNDS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000,
  3600000,
];
