/** The page's side of the messages: what goes to the extension, and what comes from it. */

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** Messages of one page. `Incoming` and `Outgoing` are unions told apart by `type`. */
export interface Host<Incoming, Outgoing> {
  send(message: Outgoing): void;
  onMessage(handle: (message: Incoming) => void): void;
}

/** To be called once per page. Only the extension can post to a webview, so what arrives is what its types say. */
export function connect<Incoming, Outgoing>(): Host<Incoming, Outgoing> {
  const api = acquireVsCodeApi();
  return {
    send: (message) => api.postMessage(message),
    onMessage: (handle) =>
      window.addEventListener('message', (event: MessageEvent<Incoming>) => handle(event.data)),
  };
}
