/** The requests that need an open dump: one line each, from checked arguments to the body of the answer. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { LookupError } from '../../dump-format/errors.ts';
import { completionsBody } from './completions.ts';
import { customRequests } from './custom-requests.ts';
import { disassembleBody } from './disassemble.ts';
import { evaluateBody, expressionBody } from './evaluate.ts';
import { exceptionInfoBody } from './exception.ts';
import { RefusedError } from './failure.ts';
import type { Fields } from './fields.ts';
import { stackTraceBody } from './frames.ts';
import { readMemoryBody } from './memory.ts';
import { modulesBody } from './modules.ts';
import type { OpenDump } from './open-dump.ts';
import type { CustomRequests } from './protocol.ts';
import { scopesBody } from './scopes.ts';
import type { Control } from './slices.ts';
import { loadedSources } from './sources.ts';
import { knownThreads, threadsBody } from './threads.ts';
import { variablesBody } from './variables.ts';

/** A request on an open dump. What it throws becomes the error of its answer. */
export type DumpRequest<Body> = (
  dump: OpenDump,
  fields: Fields,
  control: Control,
) => Body | Promise<Body>;

interface Bodies {
  threads: DebugProtocol.ThreadsResponse['body'];
  stackTrace: DebugProtocol.StackTraceResponse['body'];
  scopes: DebugProtocol.ScopesResponse['body'];
  variables: DebugProtocol.VariablesResponse['body'];
  evaluate: DebugProtocol.EvaluateResponse['body'];
  completions: DebugProtocol.CompletionsResponse['body'];
  source: DebugProtocol.SourceResponse['body'];
  loadedSources: DebugProtocol.LoadedSourcesResponse['body'];
  modules: DebugProtocol.ModulesResponse['body'];
  exceptionInfo: DebugProtocol.ExceptionInfoResponse['body'];
  readMemory: DebugProtocol.ReadMemoryResponse['body'];
  disassemble: DebugProtocol.DisassembleResponse['body'];
  locations: DebugProtocol.LocationsResponse['body'];
}

type Reading = 'stackTrace' | 'scopes' | 'variables' | 'completions' | 'source' | 'loadedSources';
type MoreReading = 'modules' | 'exceptionInfo' | 'readMemory' | 'disassemble' | 'locations';

/** Requests that are short and change nothing: they are answered in the middle of a long one too. */
const readings: {
  readonly [Command in Reading | MoreReading]: (dump: OpenDump, fields: Fields) => Bodies[Command];
} = {
  stackTrace: (dump, fields) => {
    const stack = dump.frames.stack(dump.threads.thread(fields.integer('threadId')));
    return stackTraceBody(dump.view, stack, fields);
  },
  scopes: (dump, fields) => scopesBody(dump.view, dump.frames.entry(fields.integer('frameId'))),
  variables: (dump, fields) => variablesBody(dump.view, fields),
  completions: (dump, fields) => completionsBody(dump.inspector, dump.view.client, fields),
  source: sourceBody,
  loadedSources: ({ view }) => loadedSources(view.target.debugInfo, view.sources),
  modules: (dump, fields) => modulesBody(dump.view.target, fields),
  exceptionInfo: (dump, fields) => {
    const thread = dump.threads.thread(fields.integer('threadId'));
    return exceptionInfoBody(dump.view.target, thread, dump.frames.stack(thread));
  },
  readMemory: ({ view }, fields) => readMemoryBody(view.target.memory, view.client, fields),
  disassemble: (dump, fields) => disassembleBody(dump.view, fields),
  locations: locationsBody,
};

const standardRequests: { readonly [Command in keyof Bodies]: DumpRequest<Bodies[Command]> } = {
  ...readings,
  threads: (dump, _, control) => threadsBody(dump.threads, control),
  evaluate: evaluateBody,
};

/** What can be said at once of the others: of threads once they are listed, of an expression that is no line. */
const readingsAtTimes = {
  threads: (dump: OpenDump) => knownThreads(dump.threads),
  evaluate: expressionBody,
};

/** What a dump can't do, and why. A person who presses a button is told; a client that asks is answered. */
const refusals: Readonly<Record<string, string>> = {
  continue: 'A crash dump does not run: there is nothing to continue.',
  next: 'A crash dump does not run: there is nothing to step.',
  stepIn: 'A crash dump does not run: there is nothing to step.',
  stepOut: 'A crash dump does not run: there is nothing to step.',
  stepBack: 'A crash dump does not run: there is nothing to step.',
  reverseContinue: 'A crash dump does not run: there is nothing to continue.',
  pause: 'A crash dump does not run: it is always paused.',
  restartFrame: 'A crash dump does not run: no frame can be restarted.',
  goto: 'A crash dump does not run: no thread can be moved.',
  gotoTargets: 'A crash dump does not run: no thread can be moved.',
  stepInTargets: 'A crash dump does not run: there is nothing to step.',
  terminateThreads: 'A crash dump does not run: no thread can be ended.',
  terminate: 'A crash dump does not run: disconnect ends the session.',
  setVariable: 'A crash dump is read-only.',
  setExpression: 'A crash dump is read-only.',
  writeMemory: 'A crash dump is read-only.',
  setInstructionBreakpoints: 'A crash dump does not run: breakpoints never stop it.',
  setDataBreakpoints: 'A crash dump does not run: breakpoints never stop it.',
  breakpointLocations: 'A crash dump does not run: breakpoints never stop it.',
};

const unverified = 'A crash dump is read-only and does not run.';

/** Requests that editors send unasked, answered without a dump too. */
const tolerated: Readonly<Record<string, (fields: Fields) => object>> = {
  setBreakpoints: (fields) => unverifiedBreakpoints(fields, 'breakpoints', 'lines'),
  setFunctionBreakpoints: (fields) => unverifiedBreakpoints(fields, 'breakpoints'),
  setExceptionBreakpoints: (fields) => unverifiedBreakpoints(fields, 'filters'),
  dataBreakpointInfo: () => ({ dataId: null, description: unverified }),
};

const requests = new Map<string, DumpRequest<object | undefined>>(
  Object.entries({ ...standardRequests, ...customRequests }),
);

const readingRequests = new Map<string, (dump: OpenDump, fields: Fields) => object | undefined>(
  Object.entries({ ...readings, ...readingsAtTimes }),
);

/** Answers a request at once that is short and changes nothing; undefined for one that has to wait for its turn. */
export function readingBody(command: string, dump: OpenDump, fields: Fields): object | undefined {
  return readingRequests.get(command)?.(dump, fields);
}

/** The request by its command; undefined when there is none of that name. @throws RefusedError for what no dump can do */
export function dumpRequest(command: string): DumpRequest<object | undefined> | undefined {
  const refusal = Object.hasOwn(refusals, command) ? refusals[command] : undefined;
  if (refusal !== undefined) throw new RefusedError(refusal, true);
  return requests.get(command);
}

/** The answer to a request that is only tolerated; undefined for every other command. */
export function toleratedBody(command: string, fields: Fields): object | undefined {
  return Object.hasOwn(tolerated, command) ? tolerated[command]?.(fields) : undefined;
}

/** Commands of our own that an open dump answers. */
export type CustomCommand = keyof CustomRequests;

function unverifiedBreakpoints(fields: Fields, ...names: string[]): object {
  const asked = names.map((name) => fields.list(name)).find((list) => list !== undefined) ?? [];
  return { breakpoints: asked.map(() => ({ verified: false, message: unverified })) };
}

function sourceBody({ view }: OpenDump, fields: Fields): Bodies['source'] {
  const source = fields.object('source');
  const reference =
    source.optionalInteger('sourceReference') ?? fields.optionalInteger('sourceReference') ?? 0;
  if (reference > 0) return view.sources.body(reference);
  return view.sources.bodyOfPath(source.string('path'));
}

function locationsBody({ view }: OpenDump, fields: Fields): Bodies['locations'] {
  const { file, line, column } = view.locations.get(fields.integer('locationReference'));
  const source = view.sources.source(file);
  if (!source) throw new LookupError('the source of this location is not here');
  return {
    source,
    line: line - 1 + view.client.firstLine,
    column: Math.max(column, 1) - 1 + view.client.firstColumn,
  };
}
