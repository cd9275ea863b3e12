/** What the processor says of its VMX: the capability MSRs. Source: Intel SDM volume 3, appendix A. */

/** In every VMCS region and VMXON region. */
export const vmcsRevision = 0x12;

const msrBase = 0x480;

/** Each: bits that must be one, bits that may be one. */
const vmxControls = {
  pin: [0x16, 0x3f],
  primary: [0x0401e172, 0xfff9fffe],
  exit: [0x00036dff, 0x003fffff],
  entry: [0x000011ff, 0x0000ffff],
  /** EPT 1, RDTSCP 3, VPID 5, INVPCID 12. */
  secondary: [0, 0x102a],
} as const;

/** `true` controls: without the default-1 bits that may be cleared. */
const trueControls = {
  pin: [0x16, 0x3f],
  primary: [0x04006172, 0xfff9fffe],
  exit: [0x00036dfb, 0x003fffff],
  entry: [0x000011fb, 0x0000ffff],
} as const;

export const cr0Fixed0 = 0x80000021n;
const cr4Fixed0 = 0x2000n;

/** Walk of 4 levels 6, write-back 14, 2 MiB 16, 1 GiB 17, INVEPT 20 with single 25 and all 26 contexts, INVVPID 32 with its four types. */
const eptAndVpid =
  (0xf01n << 32n) | (1n << 6n) | (1n << 14n) | (3n << 16n) | (1n << 20n) | (3n << 25n);

/** The value of a VMX capability MSR; undefined when it is none. */
export function vmxCapability(msr: number): bigint | undefined {
  const values: readonly bigint[] = [
    BigInt(vmcsRevision) | (4096n << 32n) | (6n << 50n) | (1n << 55n),
    pair(vmxControls.pin),
    pair(vmxControls.primary),
    pair(vmxControls.exit),
    pair(vmxControls.entry),
    0x1c0n,
    cr0Fixed0,
    0xffffffffn,
    cr4Fixed0,
    0x727e8n,
    0x2en,
    pair(vmxControls.secondary),
    eptAndVpid,
    pair(trueControls.pin),
    pair(trueControls.primary),
    pair(trueControls.exit),
    pair(trueControls.entry),
    0n,
  ];
  return values[msr - msrBase];
}

function pair([low, high]: readonly [number, number]): bigint {
  return BigInt(low >>> 0) | (BigInt(high >>> 0) << 32n);
}
