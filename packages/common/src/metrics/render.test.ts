import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels, NO_LABELS } from './labels.ts';
import { Registry } from './registry.ts';
import { render } from './render.ts';

function sample(): Registry {
  const registry = new Registry();
  const requests = registry.counter('http_requests_total', 'Requests, "all" of them.\nReally: \\o/');
  requests.add(requests.series(labels({ code: '200' })), 3);
  requests.add(requests.series(labels({ code: '5"0' })));
  const temperature = registry.gauge('temperature_celsius', 'How warm it is.');
  temperature.set(temperature.series(), -1.5);
  const latency = registry.histogram('latency_seconds', 'Time taken.', [0.5, 1, 10]);
  const get = latency.series(labels({ method: 'GET' }));
  for (const value of [0.5, 0.7, 1, 11]) latency.observe(get, value);
  latency.observe(latency.series(), 2);
  registry.gauge('unused', 'A family without a series is not written.');
  registry.observe({
    kind: 'gauge',
    name: 'limits',
    help: 'Numbers that are not finite.',
    read: () => [
      [NO_LABELS, Infinity],
      [labels({ a: 'b' }), -Infinity],
      [labels({ a: 'c' }), NaN],
    ],
  });
  return registry;
}

test('the text format 0.0.4 is written exactly so', () => {
  assert.equal(
    render(sample(), 'prometheus'),
    `# HELP weft_metrics_series_dropped_total Label sets that were not recorded since the budget of series was used up.
# TYPE weft_metrics_series_dropped_total counter
weft_metrics_series_dropped_total 0
# HELP http_requests_total Requests, "all" of them.\\nReally: \\\\o/
# TYPE http_requests_total counter
http_requests_total{code="200"} 3
http_requests_total{code="5\\"0"} 1
# HELP temperature_celsius How warm it is.
# TYPE temperature_celsius gauge
temperature_celsius -1.5
# HELP latency_seconds Time taken.
# TYPE latency_seconds histogram
latency_seconds_bucket{method="GET",le="0.5"} 1
latency_seconds_bucket{method="GET",le="1"} 3
latency_seconds_bucket{method="GET",le="10"} 3
latency_seconds_bucket{method="GET",le="+Inf"} 4
latency_seconds_sum{method="GET"} 13.2
latency_seconds_count{method="GET"} 4
latency_seconds_bucket{le="0.5"} 0
latency_seconds_bucket{le="1"} 0
latency_seconds_bucket{le="10"} 1
latency_seconds_bucket{le="+Inf"} 1
latency_seconds_sum 2
latency_seconds_count 1
# HELP limits Numbers that are not finite.
# TYPE limits gauge
limits +Inf
limits{a="b"} -Inf
limits{a="c"} NaN
`,
  );
});

test('OpenMetrics 1.0 names counters without _total, writes canonical bounds and ends in EOF', () => {
  const only = new Set(['http_requests_total', 'latency_seconds']);
  assert.equal(
    render(sample(), 'openmetrics', only),
    `# HELP http_requests Requests, \\"all\\" of them.\\nReally: \\\\o/
# TYPE http_requests counter
http_requests_total{code="200"} 3
http_requests_total{code="5\\"0"} 1
# HELP latency_seconds Time taken.
# TYPE latency_seconds histogram
latency_seconds_bucket{method="GET",le="0.5"} 1
latency_seconds_bucket{method="GET",le="1.0"} 3
latency_seconds_bucket{method="GET",le="10.0"} 3
latency_seconds_bucket{method="GET",le="+Inf"} 4
latency_seconds_sum{method="GET"} 13.2
latency_seconds_count{method="GET"} 4
latency_seconds_bucket{le="0.5"} 0
latency_seconds_bucket{le="1.0"} 0
latency_seconds_bucket{le="10.0"} 1
latency_seconds_bucket{le="+Inf"} 1
latency_seconds_sum 2
latency_seconds_count 1
# EOF
`,
  );
});
