/** Progress of one long request: silent while it is short, then start, a few updates, and an end whatever happens. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Progress } from './slices.ts';
import { safeText } from './safe-text.ts';

/** Milliseconds before anything is shown. */
export const progressDelay = 500;

/** Milliseconds between two updates. */
export const progressInterval = 200;

type Send = (
  event: 'progressStart' | 'progressUpdate' | 'progressEnd',
  body: DebugProtocol.ProgressStartEvent['body'] | DebugProtocol.ProgressUpdateEvent['body'],
) => void;

export class ProgressReport {
  private readonly send: Send;
  private readonly request: number;
  private readonly title: string;
  private readonly begun = performance.now();
  private lastShown: number | undefined;

  /** @param request `seq` of the request: what a client cancels */
  constructor(send: Send, request: number, title: string) {
    this.send = send;
    this.request = request;
    this.title = safeText(title.length > 60 ? `${title.slice(0, 57)}...` : title);
  }

  report({ done, total, what }: Progress): void {
    const now = performance.now();
    const message = safeText(`${done.toLocaleString('en')} ${what}`);
    const percentage =
      total !== undefined && total > 0 ? Math.min(100, (100 * done) / total) : undefined;
    if (this.lastShown === undefined) {
      if (now - this.begun < progressDelay) return;
      const { progressId, title, request: requestId } = this;
      const start = { progressId, title, requestId, cancellable: true, message };
      this.send('progressStart', { ...start, ...(percentage !== undefined && { percentage }) });
    } else {
      if (now - this.lastShown < progressInterval) return;
      const update = { progressId: this.progressId, message };
      this.send('progressUpdate', { ...update, ...(percentage !== undefined && { percentage }) });
    }
    this.lastShown = now;
  }

  end(): void {
    if (this.lastShown === undefined) return;
    this.lastShown = undefined;
    this.send('progressEnd', { progressId: this.progressId });
  }

  private get progressId(): string {
    return progressIdOf(this.request);
  }
}

/** Names the progress of a request. */
export function progressIdOf(request: number): string {
  return `request-${request}`;
}

/** The request whose progress it is; undefined for an id that is not ours. */
export function requestOfProgress(progressId: string): number | undefined {
  const seq = /^request-([0-9]{1,15})$/.exec(progressId)?.[1];
  return seq === undefined ? undefined : Number(seq);
}
