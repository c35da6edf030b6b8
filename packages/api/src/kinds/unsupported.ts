// Parts of the Gateway API that Weft knows but does not serve yet. They must be said, not dropped (DESIGN.md 3).

import { z } from 'zod';

/** How a check's issue tells the reason of its diagnostic; without it that is `InvalidField`. */
export interface IssueParams {
  readonly reason?: 'UnsupportedField' | 'UnsupportedValue';
}

/** A field that is refused wherever it is set. */
export function unsupportedField() {
  const params: IssueParams = { reason: 'UnsupportedField' };
  return z
    .unknown()
    .refine((value) => value === undefined, { error: 'is not supported yet; remove it', params })
    .optional();
}

/** One value of a `type` field that is refused, in a union discriminated by `type`. */
export function unsupportedType<const Type extends string>(type: Type) {
  const params: IssueParams = { reason: 'UnsupportedValue' };
  return z.looseObject({
    type: z
      .literal(type)
      .refine(() => false, { error: `must not be ${type}: it is not supported yet`, params }),
  });
}
