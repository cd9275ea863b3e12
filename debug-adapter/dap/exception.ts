/** Why the machine stopped: the `stopped` event, and `exceptionInfo`. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Target } from '../target/target.ts';
import type { StackEntry } from './frames.ts';
import { safeText } from './safe-text.ts';
import type { ListedThread } from './threads.ts';
import { symbolizeFrame } from '../target/symbolize.ts';

/** Frames in the text of `exceptionInfo`. */
const stackTextLimit = 64;

/** The event that a client waits for after it has configured itself. */
export function stoppedBody(
  target: Target,
  thread: ListedThread,
): DebugProtocol.StoppedEvent['body'] {
  const message = panicText(target);
  const hasPanicked = message !== undefined;
  return {
    reason: hasPanicked ? 'exception' : 'pause',
    description: hasPanicked ? 'Paused on panic' : pausedOn(target),
    threadId: thread.id,
    allThreadsStopped: true,
    preserveFocusHint: false,
    ...(hasPanicked && { text: message }),
  };
}

/** `exceptionInfo`. */
export function exceptionInfoBody(
  target: Target,
  thread: ListedThread,
  stack: readonly StackEntry[],
): DebugProtocol.ExceptionInfoResponse['body'] {
  const message = panicText(target) ?? `${pausedOn(target)}: no panic is recorded`;
  const kind = panicText(target) === undefined ? 'dump' : 'panic';
  const innermost = stack.find((entry) => entry.frame && !entry.isPanicking)?.frame;
  const where = innermost && symbolizeFrame(target.symbols, innermost);
  const lines = stack
    .slice(0, stackTextLimit)
    .map(({ frame, function: name, at }) =>
      safeText(frame ? `${name}${at ? ` ${at.file}:${at.line}` : ''}` : `[${name}]`),
    );
  return {
    exceptionId: kind,
    description:
      message + (where === undefined ? '' : `\n${safeText(`at ${where}, ${thread.name}`)}`),
    breakMode: 'always',
    details: { message, typeName: kind, fullTypeName: kind, stackTrace: lines.join('\n') },
  };
}

function panicText(target: Target): string | undefined {
  const message = target.kernel?.panicMessage;
  return message === undefined ? undefined : safeText(message.trimEnd());
}

function pausedOn(target: Target): string {
  if (target.dump.kind === 'executable') return 'A program file, not a dump';
  return target.kernel ? 'Paused on forced dump' : 'Paused on crash dump';
}
