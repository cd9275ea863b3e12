/*
 * The memory that the examples of formats and expressions look at: a few words at a known kernel address.
 * The labels are written in assembly, so that the pointer between ncpus and p0name has no name of its own.
 */
asm(".pushsection .formats, \"aw\", @progbits\n"
    ".macro object name, size\n"
    ".globl \\name\n"
    ".type \\name, @object\n"
    ".size \\name, \\size\n"
    "\\name:\n"
    ".endm\n"
    "object hz, 4\n"
    ".long 100\n"
    "object ncpus, 4\n"
    ".long 0xffffffff\n"
    ".quad tbl\n"
    "object p0name, 16\n"
    ".ascii \"init\\0\\0\\0\\0/sbin/in\"\n"
    "object boot_time, 4\n"
    ".long 1587064752\n"
    ".balign 8\n"
    "object tbl, 64\n"
    ".ascii \"ABCDEFGH\"\n"
    ".quad 3\n"
    ".fill 6, 8, 0\n"
    ".popsection\n");

/* Names that look like hexadecimal numbers, and one that looks like an octal one. */
const char *ffffabcde00 = "a symbol wins over a number";
const char *ffffab_cde00 = "an underscore is a digit separator, too";
int bead = 0x600d;

int _007(void) {
  return 7;
}

int main(void) {
  return _007() + bead;
}
