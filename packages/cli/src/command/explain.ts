// weft explain: what the mesh does with a request, and why, without sending it.

import { Command } from 'commander';
import { withApi, withClient, withExamples, withOutput } from './options.ts';

interface ExplainOptions {
  readonly api: string;
  readonly from: string;
  readonly header?: readonly string[];
  readonly grpc?: string;
  readonly sni?: string;
  readonly namespace?: string;
  readonly address?: string;
  readonly folder?: string;
  readonly output: 'text' | 'json' | 'yaml';
}

export function explainCommand(): Command {
  const command = new Command('explain')
    .summary('what happens to a request, and why, without sending it')
    .description(
      'explain what the mesh does with a request: the route it takes and why the others lost, who can get it, and ' +
        'which policy lets it pass or refuses it. Nothing is sent: the code that the sidecars run is asked, with the ' +
        'configuration of the mesh that runs, or of a folder of manifests.',
    )
    .argument('<method>', 'GET, POST …, or TCP for a connection that is not HTTP')
    .argument('<url>', 'as the application writes it: http://SERVICE[.NAMESPACE][:PORT]/PATH')
    .requiredOption(
      '--from <workload>',
      'who calls: a workload or pod, with namespace/ where needed; or "outside"',
    )
    .option('-H, --header <line>', "a request header, 'name: value'; repeat it for more", collect)
    .option('--grpc <service/method>', 'a gRPC call: POST to its path, as gRPC clients send it')
    .option('--sni <name>', 'TLS of the application: the server name that it asks for')
    .option('-n, --namespace <name>', 'namespace of the caller')
    .option('-f, --folder <folder>', 'ask a folder of manifests instead of the mesh that runs')
    .option('--address <ip>', "the caller's IP address, for policies that look at it");
  withApi(withOutput(command, ['text', 'json', 'yaml']));
  withExamples(command, [
    ['weft explain GET http://reviews/reviews/7 --from storefront', 'which version answers'],
    ['weft explain GET http://ratings/ratings/7 --from spider', 'why a caller is refused'],
    [
      "weft explain GET http://reviews/reviews/7 --from storefront -H 'x-beta: true'",
      'the same with a header',
    ],
    ['weft explain POST http://carts --grpc shop.Carts/Add --from storefront', 'a gRPC call'],
    ['weft explain TCP tls://edge:443 --sni www.example.com --from storefront', 'TLS, passed through'],
    [
      'weft explain TCP stock:7070 --from spider -f examples/bookshop',
      'from the files, with nothing running',
    ],
  ]);
  return command.action(async (method: string, url: string, options: ExplainOptions) => {
    const { header: headers = [], folder, ...others } = options;
    const asked = { ...others, method, url, headers };
    const { runExplain } = await import('../explain/run.ts');
    const text =
      folder === undefined
        ? await withClient(options, (client) => runExplain(asked, { client }))
        : await runExplain(asked, { folder });
    process.stdout.write(text);
  });
}

function collect(line: string, before: readonly string[] = []): readonly string[] {
  return [...before, line];
}
