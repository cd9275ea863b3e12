/** Compressed dumps: damaged streams of each kind, and blocks that are read where they are. */
import * as zlib from 'node:zlib';
import { blockGzip } from '../../../dump-format/block-gzip.ts';
import { bytesSource, joinBytes } from '../../../dump-format/byte-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { unpack } from '../../../dump-format/unpack.ts';
import { attempt, isUserError, type FuzzTarget } from '../fuzz-target.ts';
import { packedFields } from '../packed-fields.ts';
import { smallCore } from './elf.ts';

/** `zstd -19` and `xz -9` of four kilobytes of zeros and a word, so that no tool is needed. */
const zstd = 'KLUv/QRobQAAMAB6ZXJvcwEA/PeBEF00l/M=';
const xz =
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4BAEAB9dAABv/f//o7f/Rz5IFXI5YVG4kijmo4T3hx4BR1kpjiAAAL/eTAcRrB/AAAE7hSAAAABvs9x0scRn+wIAAAAABFla';

/** Bytes that an input may give. */
const maximumBytes = 1024 * 1024;

/** A frame of zstd with a plain, a repeated and an empty block, its size, a dictionary of no number, and a checksum that nobody looks at. */
const blocks = joinBytes([
  Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x65, 0, 20, 0),
  Uint8Array.of(4 << 3, 0, 0, 0x7f, 0x45, 0x4c, 0x46),
  Uint8Array.of((16 << 3) | 2, 0, 0, 7),
  Uint8Array.of(1, 0, 0, 0xde, 0xad, 0xbe, 0xef),
]);

/** A frame to be skipped. */
const skipped = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4);

export const packed: FuzzTarget = {
  name: 'packed',
  seeds: () => [
    zlib.gzipSync(smallCore()),
    joinBytes([...blockGzip([smallCore()])]),
    Buffer.from(zstd, 'base64'),
    Buffer.from(xz, 'base64'),
    blocks,
    joinBytes([skipped, Buffer.from(zstd, 'base64'), skipped, blocks, blocks]),
  ],
  fields: packedFields,
  lines: ['::status', '1000,20::dump'],
  reaches: [
    'zstd-frames.ts:cut',
    'unpack.ts:unpack',
    'unpack.ts:gunzip',
    'unpack.ts:unzstd',
    'unpack.ts:unxz',
    'block-gzip.ts:blockGzipSource',
  ],
  async run(bytes) {
    try {
      const { source } = await unpack(bytesSource(bytes, 'vmcore'), { maximumBytes });
      attempt(() => openDump(source).virtual.readAvailable(0x1000n, 70_000));
      attempt(() => source.read(0, source.size));
      source.close();
    } catch (error) {
      if (!isUserError(error)) throw error;
    }
  },
};
