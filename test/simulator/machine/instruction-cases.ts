/** Instructions to compare with the host, one by one, and which flags the manual leaves undefined after each. */

export interface InstructionCase {
  /** Assembly; `rax rbx rcx rdx` hold the inputs, 64 bytes of memory are at `64(%rdi)`. */
  readonly text: string;
  /** Flags that may be anything afterwards, given rcx and rflags before. */
  readonly undefinedFlags: (rcx: bigint) => number;
  /** Inputs that leave the result itself undefined. */
  readonly isUndefined?: (rcx: bigint, rax: bigint) => boolean;
}

const flag = { carry: 1, parity: 4, auxiliary: 0x10, zero: 0x40, sign: 0x80, overflow: 0x800 };
const allFlags = 0x8d5;

interface Size {
  readonly letter: string;
  readonly bits: number;
  readonly a: string;
  readonly b: string;
  readonly c: string;
}

const sizes: readonly Size[] = [
  { letter: 'b', bits: 8, a: '%al', b: '%bl', c: '%cl' },
  { letter: 'w', bits: 16, a: '%ax', b: '%bx', c: '%cx' },
  { letter: 'l', bits: 32, a: '%eax', b: '%ebx', c: '%ecx' },
  { letter: 'q', bits: 64, a: '%rax', b: '%rbx', c: '%rcx' },
];
const wide = sizes.slice(1);
const memory = '64(%rdi)';
const conditions = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');

export function instructionCases(hasTzcnt: boolean): readonly InstructionCase[] {
  return [
    ...arithmetic(),
    ...oneOperand(),
    ...shifts(),
    ...doubleShifts(),
    ...multiplications(),
    ...bits(hasTzcnt),
    ...conditionals(),
    ...exchanges(),
    ...moves(),
    ...strings(),
  ];
}

function arithmetic(): InstructionCase[] {
  return 'add or adc sbb and sub xor cmp test'.split(' ').flatMap((name) => {
    const isLogic = ['or', 'and', 'xor', 'test'].includes(name);
    const undefinedFlags = always(isLogic ? flag.auxiliary : 0);
    return sizes.flatMap(({ letter, a, b }) => {
      const high = letter === 'b' ? [`${name} %ah, %dh`, `${name} %bh, %al`] : [];
      const locked =
        name === 'cmp' || name === 'test' ? [] : [`lock ${name}${letter} ${a}, ${memory}`];
      const source = name === 'test' ? [] : [`${name} ${memory}, ${a}`];
      const texts = [
        `${name} ${b}, ${a}`,
        `${name}${letter} ${b}, ${memory}`,
        `${name}${letter} $0x5a, ${a}`,
        `${name}${letter} $-3, ${memory}`,
      ];
      return [...texts, ...high, ...locked, ...source].map((text) => ({ text, undefinedFlags }));
    });
  });
}

function oneOperand(): InstructionCase[] {
  return 'inc dec neg not'
    .split(' ')
    .flatMap((name) =>
      sizes.flatMap(({ letter, a }) =>
        [`${name} ${a}`, `${name}${letter} ${memory}`, `lock ${name}${letter} ${memory}`].map(
          (text) => ({ text, undefinedFlags: always(0) }),
        ),
      ),
    );
}

function shifts(): InstructionCase[] {
  return 'shl shr sar rol ror rcl rcr'.split(' ').flatMap((name) =>
    sizes.flatMap(({ letter, a, bits }) => {
      const isShift = name.startsWith('s');
      const undefinedAt = (count: number): number => {
        if (count === 0) return 0;
        const overflow = count === 1 ? 0 : flag.overflow;
        const carry = isShift && name !== 'sar' && count >= bits ? flag.carry : 0;
        return overflow | carry | (isShift ? flag.auxiliary : 0);
      };
      const mask = bits === 64 ? 63 : 31;
      const byCount = (rcx: bigint): number => undefinedAt(Number(rcx & 0xffn) & mask);
      return [
        ...[`${name} ${a}`, `${name}${letter} ${memory}`].map((text) => ({
          text,
          undefinedFlags: always(undefinedAt(1)),
        })),
        ...[3, 7, bits - 1].flatMap((count) => [
          { text: `${name} $${count}, ${a}`, undefinedFlags: always(undefinedAt(count)) },
          {
            text: `${name}${letter} $${count}, ${memory}`,
            undefinedFlags: always(undefinedAt(count)),
          },
        ]),
        { text: `${name} %cl, ${a}`, undefinedFlags: byCount },
        { text: `${name}${letter} %cl, ${memory}`, undefinedFlags: byCount },
      ];
    }),
  );
}

function doubleShifts(): InstructionCase[] {
  return ['shld', 'shrd'].flatMap((name) =>
    wide.flatMap(({ letter, a, b, bits }) => {
      const mask = bits === 64 ? 63 : 31;
      const undefinedAt = (count: number): number =>
        count === 0 ? 0 : flag.auxiliary | (count === 1 ? 0 : flag.overflow);
      const byCount = (rcx: bigint): number => undefinedAt(Number(rcx & 0xffn) & mask);
      const isUndefined = (rcx: bigint): boolean => (Number(rcx & 0xffn) & mask) > bits;
      return [
        { text: `${name} $1, ${b}, ${a}`, undefinedFlags: always(undefinedAt(1)) },
        { text: `${name} $5, ${b}, ${a}`, undefinedFlags: always(undefinedAt(5)) },
        { text: `${name}${letter} $11, ${b}, ${memory}`, undefinedFlags: always(undefinedAt(11)) },
        { text: `${name} %cl, ${b}, ${a}`, undefinedFlags: byCount, isUndefined },
      ];
    }),
  );
}

function multiplications(): InstructionCase[] {
  const product = always(flag.sign | flag.zero | flag.auxiliary | flag.parity);
  const quotient = always(allFlags);
  const accumulator = sizes.flatMap(({ letter, b }) =>
    ['mul', 'imul', 'div', 'idiv'].flatMap((name) => {
      const undefinedFlags = name.endsWith('mul') ? product : quotient;
      const divide = name.endsWith('div') ? narrowDividend(name, letter) : [];
      return [`${name} ${b}`, `${name}${letter} ${memory}`, ...divide].map((text) => ({
        text,
        undefinedFlags,
      }));
    }),
  );
  const twoOperands = wide.flatMap(({ a, b }) =>
    [
      `imul ${b}, ${a}`,
      `imul ${memory}, ${a}`,
      `imul $-77, ${b}, ${a}`,
      `imul $0x1234, ${memory}, ${a}`,
    ].map((text) => ({ text, undefinedFlags: product })),
  );
  return [...accumulator, ...twoOperands];
}

/** Divisions whose dividend fits, so that few of them fault. */
function narrowDividend(name: string, letter: string): string[] {
  const b = sizes.find((each) => each.letter === letter)?.b ?? '';
  if (letter === 'b') return [`mov $0, %ah; ${name} ${b}`];
  const extend = name === 'div' ? 'mov $0, %edx' : { w: 'cwd', l: 'cdq', q: 'cqo' }[letter];
  return [`${extend}; ${name} ${b}`];
}

function bits(hasTzcnt: boolean): InstructionCase[] {
  const untouched = always(flag.overflow | flag.sign | flag.auxiliary | flag.parity);
  const tests = wide.flatMap(({ letter, a, c, bits }) =>
    ['bt', 'bts', 'btr', 'btc'].flatMap((name) => [
      `${name} ${c}, ${a}`,
      `${name} $${bits - 3}, ${a}`,
      `${name}${letter} $${bits - 1}, ${memory}`,
      `and $0x7f, %ecx; ${name}${letter} ${c}, ${memory}`,
      `mov $-37, %rcx; ${name}${letter} ${c}, ${memory}`,
      ...(name === 'bt' ? [] : [`lock ${name}${letter} $9, ${memory}`]),
    ]),
  );
  const scans = ['bsf', 'bsr', ...(hasTzcnt ? ['tzcnt'] : [])].flatMap((name) =>
    wide.flatMap(({ a, b }) =>
      [`${name} ${b}, ${a}`, `${name} ${memory}, ${a}`].map((text) => ({ name, text })),
    ),
  );
  return [
    ...tests.map((text) => ({ text, undefinedFlags: untouched })),
    ...scans.map(({ name, text }) => ({
      text,
      undefinedFlags: always(allFlags & ~flag.zero & ~(name === 'tzcnt' ? flag.carry : 0)),
    })),
  ];
}

function conditionals(): InstructionCase[] {
  return conditions.flatMap((condition) =>
    [
      `set${condition} %al`,
      `set${condition} ${memory}`,
      `cmov${condition} %bx, %ax`,
      `cmov${condition} %ebx, %eax`,
      `cmov${condition} ${memory}, %rax`,
      `mov $1, %eax; j${condition} 1f; mov $2, %eax; 1:`,
      `cmp %rbx, %rax; set${condition} %dl`,
      `add %bl, %al; set${condition} %dl`,
      `sub %bx, %ax; set${condition} %dl`,
      `imul %rbx, %rax; set${['o', 'no', 'b', 'ae'].includes(condition) ? condition : 'o'} %dl`,
      `test %eax, %ebx; set${condition} %dl`,
      `dec %eax; set${condition} %dl`,
      `inc %ax; set${condition} %dl`,
      `adc %rbx, %rax; set${condition} %dl`,
    ].map((text) => ({ text, undefinedFlags: conditionalMask(text) })),
  );
}

function conditionalMask(text: string): (rcx: bigint) => number {
  if (text.startsWith('imul')) return always(flag.sign | flag.zero | flag.auxiliary | flag.parity);
  return always(text.startsWith('test') ? flag.auxiliary : 0);
}

function exchanges(): InstructionCase[] {
  return sizes.flatMap(({ letter, a, b }) =>
    [
      `xchg ${a}, ${b}`,
      `xchg ${a}, ${memory}`,
      `xadd ${a}, ${b}`,
      `xadd ${a}, ${a}`,
      `xadd${letter} ${a}, ${memory}`,
      `lock xadd${letter} ${b}, ${memory}`,
      `cmpxchg ${b}, %${{ b: 'cl', w: 'cx', l: 'ecx', q: 'rcx' }[letter]}`,
      `cmpxchg${letter} ${b}, ${memory}`,
      `mov ${memory}, ${a}; cmpxchg${letter} ${b}, ${memory}`,
      `lock cmpxchg${letter} ${b}, ${memory}`,
      `mov ${memory}, ${a}; lock cmpxchg${letter} ${b}, ${memory}`,
    ].map((text) => ({ text, undefinedFlags: always(0) })),
  );
}

function moves(): InstructionCase[] {
  const texts = [
    ...['movzbw', 'movzbl', 'movzbq', 'movsbw', 'movsbl', 'movsbq'].flatMap((name) => {
      const to = { w: '%ax', l: '%eax', q: '%rax' }[name.slice(-1)] ?? '%rax';
      const high = name.endsWith('q') ? [] : [`${name} %bh, ${to}`];
      return [`${name} %bl, ${to}`, `${name} ${memory}, ${to}`, ...high];
    }),
    ...['movzwl', 'movzwq', 'movswl', 'movswq'].flatMap((name) => {
      const to = name.endsWith('l') ? '%eax' : '%rax';
      return [`${name} %bx, ${to}`, `${name} 66(%rdi), ${to}`];
    }),
    'movslq %ebx, %rax',
    'movslq 68(%rdi), %rax',
    'mov %eax, %eax',
    'mov %bh, %al',
    'mov %al, 71(%rdi)',
    'mov %ax, 71(%rdi)',
    'mov %eax, 71(%rdi)',
    'mov %rax, 71(%rdi)',
    'mov 69(%rdi), %rax',
    'mov 67(%rdi), %eax',
    'mov 69(%rdi), %ax',
    'movabs $0x123456789abcdef0, %rax',
    'movq $-5, 72(%rdi)',
    'movl $-5, 72(%rdi)',
    'movw $-5, 72(%rdi)',
    'movb $-5, 72(%rdi)',
    'lea 5(%rax, %rbx, 8), %rcx',
    'lea -5(%rax, %rbx, 4), %ecx',
    'lea (%rax, %rbx, 2), %cx',
    'lea 7(, %rbx, 1), %rdx',
    'and $7, %ecx; mov 64(%rdi, %rcx, 4), %eax',
    'and $7, %ecx; mov %rax, 64(%rdi, %rcx)',
    'bswap %rax',
    'bswap %ebx',
    'cbw',
    'cwde',
    'cdqe',
    'cwd',
    'cdq',
    'cqo',
    'lahf',
    'sahf',
    'clc',
    'stc',
    'cmc',
    'push %rax; pop %rbx',
    'push 64(%rdi); pop 72(%rdi)',
    'push %rsp; pop %rax; sub %rsp, %rax',
    'push $-7; pop %rcx',
    'pushfq; pop %rax; and $0x8d5, %eax; pushq %rax; popfq',
    'and $15, %ecx; inc %ecx; 1: add %rax, %rbx; loop 1b',
    'and $15, %ecx; 1: jrcxz 2f; dec %rcx; jmp 1b; 2:',
  ];
  const isLogic = (text: string): boolean => /and \$/.test(text);
  return texts.map((text) => ({
    text,
    undefinedFlags: always(isLogic(text) ? flag.auxiliary : 0),
  }));
}

function strings(): InstructionCase[] {
  const around = (text: string): string =>
    `push %rdi; push %rsi; lea 64(%rdi), %rsi; lea 96(%rdi), %rdi; ${text}; pop %rsi; pop %rdi`;
  return sizes.flatMap(({ letter, bits }) => {
    const count = 128 / bits;
    const texts = [
      `movs${letter}`,
      `stos${letter}`,
      `lods${letter}`,
      `scas${letter}`,
      `cmps${letter}`,
      `mov $${count}, %ecx; rep movs${letter}`,
      `mov $${count}, %ecx; rep stos${letter}`,
      `mov $${count}, %ecx; repe cmps${letter}`,
      `mov $${count}, %ecx; repne cmps${letter}`,
      `mov $${count}, %ecx; repne scas${letter}`,
      `mov $${count}, %ecx; repe scas${letter}`,
      `mov $0, %ecx; rep movs${letter}`,
      `std; lea 16(%rsi), %rsi; lea 16(%rdi), %rdi; mov $2, %ecx; rep movs${letter}; cld`,
    ];
    return texts.map((text) => ({ text: around(text), undefinedFlags: always(0) }));
  });
}

function always(mask: number): () => number {
  return () => mask;
}
