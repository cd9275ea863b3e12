/** What the client on the other side can do, and how it counts; from its `initialize` request. */
import type { Fields } from './fields.ts';

export interface Client {
  readonly showsAnsi: boolean;
  readonly showsTypes: boolean;
  readonly pagesVariables: boolean;
  readonly followsMemoryReferences: boolean;
  readonly showsProgress: boolean;
  readonly hearsInvalidated: boolean;
  /** VS Code, or an editor made of it. Only for what it reads otherwise than the protocol says: `readMemory`, `completions`. */
  readonly isVsCode: boolean;
  /** Number of the first line and of the first column: 1 or 0. */
  readonly firstLine: number;
  readonly firstColumn: number;
}

export function readClient(fields: Fields): Client {
  return {
    showsAnsi: fields.boolean('supportsANSIStyling') ?? false,
    showsTypes: fields.boolean('supportsVariableType') ?? false,
    pagesVariables: fields.boolean('supportsVariablePaging') ?? false,
    followsMemoryReferences: fields.boolean('supportsMemoryReferences') ?? false,
    showsProgress: fields.boolean('supportsProgressReporting') ?? false,
    hearsInvalidated: fields.boolean('supportsInvalidatedEvent') ?? false,
    isVsCode: fields.optionalString('clientID')?.startsWith('vscode') ?? false,
    firstLine: (fields.boolean('linesStartAt1') ?? true) ? 1 : 0,
    firstColumn: (fields.boolean('columnsStartAt1') ?? true) ? 1 : 0,
  };
}
