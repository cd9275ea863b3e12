/** What the pages of pictures and the extension say to each other: a page asks the adapter itself, through the extension. */
import type { CustomRequests } from '../../debug-adapter/dap/protocol.ts';

/** Requests that a page may ask: they read, and only from the dump. */
const pictureRequests = [
  'corewalk/overlay',
  'corewalk/layout',
  'corewalk/bytes',
  'corewalk/search',
  'corewalk/object',
  'corewalk/timeline',
  'corewalk/addressSpace',
  'corewalk/pageWalk',
] as const satisfies readonly (keyof CustomRequests)[];

export type PictureRequest = (typeof pictureRequests)[number];

/** Each is a page `dist/webview/<name>.js`. */
export const pictureNames = ['memory', 'layout', 'graph', 'timeline', 'address-space'] as const;

export type PictureName = (typeof pictureNames)[number];

/** What a picture is about. */
export interface PictureSubject {
  /** An mdb expression, or an address. */
  readonly at?: string;
  /** C type. */
  readonly type?: string;
}

/** The page knows which body it waits for. */
export type ToPicturePage<Body = unknown> =
  | { readonly type: 'start'; readonly subject: PictureSubject }
  | { readonly type: 'answer'; readonly id: number; readonly body: Body }
  | { readonly type: 'refusal'; readonly id: number; readonly text: string };

export type FromPicturePage =
  | { readonly type: 'ready' }
  /** An mdb line to run in the debug console. */
  | { readonly type: 'run'; readonly line: string }
  | {
      readonly type: 'ask';
      readonly id: number;
      readonly command: PictureRequest;
      readonly words: object;
    }
  /** Another picture of something in this one. */
  | { readonly type: 'open'; readonly picture: PictureName; readonly subject: PictureSubject };

/** Checks a message of a page; undefined for anything else. */
export function readFromPicturePage(message: unknown): FromPicturePage | undefined {
  const fields = new Map<string, unknown>(isObject(message) ? Object.entries(message) : []);
  switch (fields.get('type')) {
    case 'ready':
      return { type: 'ready' };
    case 'run': {
      const line = fields.get('line');
      return typeof line === 'string' ? { type: 'run', line } : undefined;
    }
    case 'ask': {
      const [id, words] = [fields.get('id'), fields.get('words')];
      const command = pictureRequests.find((each) => each === fields.get('command'));
      return command !== undefined && typeof id === 'number' && isObject(words)
        ? { type: 'ask', id, command, words }
        : undefined;
    }
    case 'open': {
      const picture = pictureNames.find((each) => each === fields.get('picture'));
      return picture && { type: 'open', picture, subject: readSubject(fields.get('subject')) };
    }
    default:
      return undefined;
  }
}

function readSubject(value: unknown): PictureSubject {
  const { at, type } = isObject(value) ? Object.fromEntries(Object.entries(value)) : {};
  return {
    ...(typeof at === 'string' && { at }),
    ...(typeof type === 'string' && { type }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
