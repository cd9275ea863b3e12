/** Bytes of a dump as text: UTF-8 where it is, one byte per character where it isn't. */

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Never throws; control characters come out as they are, for the printer to escape. */
export function decodeText(bytes: Uint8Array): string {
  let isAscii = true;
  for (const byte of bytes) if (byte >= 0x80) isAscii = false;
  if (!isAscii) {
    try {
      return utf8.decode(bytes);
    } catch {
      // Not UTF-8: each byte is shown as the Latin-1 character, so that none is lost.
    }
  }
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
