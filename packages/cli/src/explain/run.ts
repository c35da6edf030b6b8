// The work of `weft explain`, loaded when it is called: it brings the compiler and the proxy's decisions.

import type { ApiClient } from '../api-client.ts';
import { toJson, toYaml } from '../output/document.ts';
import { styleFor } from '../output/style.ts';
import { UserError } from '../user-error.ts';
import { explain } from './explain.ts';
import type { CallerOptions } from './names.ts';
import { type QuestionExtras, readQuestion } from './question.ts';
import { folderSource, runningSource } from './source.ts';
import { explanationLines } from './text/explanation.ts';

export interface ExplainRequest extends CallerOptions, QuestionExtras {
  readonly method: string;
  readonly url: string;
  readonly output: 'text' | 'json' | 'yaml';
}

/** Answers from a folder of manifests, or from the control plane of a mesh that runs. @throws UserError */
export async function runExplain(
  asked: ExplainRequest,
  where: { readonly folder: string } | { readonly client: ApiClient },
): Promise<string> {
  const question = readQuestion(asked.method, asked.url, asked);
  const source = 'folder' in where ? await readFolder(where.folder) : await runningSource(where.client);
  const explanation = await explain(source, question, asked);
  switch (asked.output) {
    case 'json':
      return toJson(explanation);
    case 'yaml':
      return toYaml([explanation]);
    case 'text':
      return `${explanationLines(explanation, styleFor(process.stdout)).join('\n')}\n`;
  }
}

function readFolder(folder: string): ReturnType<typeof folderSource> {
  return folderSource(folder).catch((error: Error) => {
    throw new UserError(error.message);
  });
}
