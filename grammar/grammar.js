/**
 * @file The command language of mdb, the modular debugger of illumos.
 *
 * A statement is `[address] [, count] verb [arguments] { | verb [arguments] } [! shell]`, ended by a newline or `;`.
 * mdb's own scanner is modal (expressions, format lists, argument lists, shell text); here the parser's state chooses
 * among the tokens, which comes to the same. Four things follow from its rules and are easy to get wrong:
 *
 * - `|` is an operator while no verb has been seen, and the pipe after it: no expression follows a verb but in `$[ ]`.
 * - `+`, `^` and `&` are operands where an operand is due (next, previous and recent address), operators elsewhere.
 * - A run of hexadecimal digits that starts with a letter is a symbol if there is one of that name, or else a number:
 *   `number_or_symbol`, decided when it is evaluated.
 * - `/ \ ? @` followed by one of `v w z W Z l L M` write or match, and take words instead of format letters.
 *
 * Quotes may be left open: a line is read at every key press, and its meaning (an error, then) is not the parser's.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

/** Loosest first; all of them associate to the left. `%` divides, `%%` is the remainder, `#` rounds up. */
const BINARY_OPERATORS = [
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<<', '>>'],
  ['-', '+'],
  ['*', '%', '#'],
  ['%%'],
];
const UNARY = BINARY_OPERATORS.length + 1;

/** The characters that follow `$` and `:` in adb's command names. */
const LEGACY = '[?%@A-Z^_`a-z]';
/** What needs no quotes in an argument. A `$` may start or stand in a word (`::help $c`), but `$[` is a computed one. */
const PLAIN = '([^ \\t\\r\\n;!|"\'$]|[$][^ \\t\\r\\n;!|"\'$\\[])';

export default grammar({
  name: 'mdb',

  // A comment starts where a token can: in `a//b` it is a part of the word.
  extras: ($) => [/[ \t\r]/, $.comment],

  supertypes: ($) => [$.expression, $.command],

  rules: {
    source_file: ($) =>
      seq(repeat(seq(optional($.statement), $._terminator)), optional($.statement)),

    _terminator: (_) => choice('\n', ';'),

    comment: (_) => token(prec(1, /\/\/[^\n]*/)),

    statement: ($) =>
      choice(
        seq($._place, optional($.shell)),
        seq(optional($._place), $.pipeline),
        $.shell,
        seq($.shell, '|', $.pipeline),
      ),

    _place: ($) =>
      choice(
        field('address', $.expression),
        seq(optional(field('address', $.expression)), ',', field('count', $.expression)),
      ),

    // A shell command between two stages is a filter (and must be quoted), one at the end takes all that is printed.
    pipeline: ($) =>
      seq($.command, repeat(seq(optional($.shell), '|', $.command)), optional($.shell)),

    command: ($) =>
      choice($.dcmd, $.legacy, $.format_command, $.write_command, $.match_command, $.assignment),

    // Commands

    dcmd: ($) => seq('::', field('name', $.dcmd_name), repeat(field('argument', $._argument))),
    dcmd_name: (_) => token.immediate(/[A-Za-z_.][0-9A-Za-z_.`]*/),

    legacy: ($) => seq(field('name', $.legacy_name), repeat(field('argument', $._argument))),
    legacy_name: (_) =>
      token(choice(new RegExp(`\\$${LEGACY}`), new RegExp(`:${LEGACY}`), '$<<', '$<', '$>', '$')),

    format_command: ($) =>
      seq(field('verb', choice('/', '\\', '?', '@', '=')), repeat(field('item', $._format_item))),
    _format_item: ($) => choice($.repeat_count, $.format_letter, $.string, $.computed),
    repeat_count: (_) => /[0-9]+/,
    format_letter: (_) => /[^ \t\r\n0-9;!|"'$]/,

    write_command: ($) =>
      seq(
        field('verb', alias(token(/[\/\\?@][ \t]*[vwzWZ]/), $.write_verb)),
        repeat(field('value', $._argument)),
      ),
    match_command: ($) =>
      seq(
        field('verb', alias(token(/[\/\\?@][ \t]*[lLM]/), $.match_verb)),
        repeat(field('value', $._argument)),
      ),

    assignment: ($) =>
      seq(
        choice('>', field('cast', alias(token(/>\/[0-9A-Za-z]\//), $.assignment_cast))),
        repeat(field('argument', $._argument)),
      ),

    // Arguments: words separated by blanks; a word may be made of plain and quoted pieces that touch.

    _argument: ($) => choice($.word, $.computed),
    word: ($) => prec.right(seq($._first_piece, repeat($._next_piece))),
    _first_piece: ($) => choice($.plain, $.single_quoted, $.string),
    _next_piece: ($) =>
      choice(
        alias($._touching_plain, $.plain),
        alias($._touching_single_quoted, $.single_quoted),
        alias($._touching_string, $.string),
      ),
    plain: (_) => new RegExp(`${PLAIN}+`),
    single_quoted: (_) => /'[^'\n]*'?/,
    string: ($) => prec.right(seq('"', optional($._string_rest))),
    _touching_plain: (_) => token.immediate(prec(2, new RegExp(`${PLAIN}+`))),
    _touching_single_quoted: (_) => token.immediate(/'[^'\n]*'?/),
    _touching_string: ($) => prec.right(seq(token.immediate('"'), optional($._string_rest))),
    _string_rest: ($) =>
      choice(
        $._closing_quote,
        prec.right(
          seq(repeat1(choice($.string_content, $.escape_sequence)), optional($._closing_quote)),
        ),
      ),
    _closing_quote: (_) => token.immediate(prec(3, '"')),
    string_content: (_) => token.immediate(prec(3, /[^"\\\n]+/)),
    escape_sequence: (_) => token.immediate(prec(3, /\\([0-7]{1,3}|[^\n])/)),

    computed: ($) => seq('$[', field('expression', $.expression), ']'),

    // Expressions

    expression: ($) =>
      choice(
        $.number,
        $.character,
        $.number_or_symbol,
        $.symbol,
        $.variable,
        $.dot,
        $.next,
        $.previous,
        $.recent,
        $.parenthesized,
        $.unary,
        $.binary,
      ),
    parenthesized: ($) => seq('(', $.expression, ')'),
    unary: ($) =>
      prec(
        UNARY,
        seq(
          field(
            'operator',
            choice('-', '~', '#', '*', '%', alias(token(/[*%]\/[0-9A-Za-z]\//), $.load_cast)),
          ),
          field('operand', $.expression),
        ),
      ),
    binary: ($) =>
      choice(
        ...BINARY_OPERATORS.flatMap((operators, level) =>
          operators.map((operator) =>
            prec.left(
              level + 1,
              seq(
                field('left', $.expression),
                field('operator', operator),
                field('right', $.expression),
              ),
            ),
          ),
        ),
      ),

    number: (_) =>
      token(
        choice(
          /0[iI][01][01_]*/,
          /0[oO][0-7][0-7_]*/,
          /0[tT][0-9][0-9_]*(\.[0-9][0-9_]*)?/,
          /0[xX][0-9A-Fa-f][0-9A-Fa-f_]*/,
          /[0-9][0-9A-Fa-f_]*/,
        ),
      ),
    // Between the quotes: anything but a quote, or a backslash and what follows it.
    character: (_) => token(/'([^'\\\n]|\\[^\n])*'/),
    number_or_symbol: (_) => token(prec(0, /[A-Fa-f][0-9A-Fa-f_]*/)),
    symbol: (_) => /[A-Za-z_.][0-9A-Za-z_.`]*/,
    variable: ($) => seq('<', field('name', $.variable_name)),
    variable_name: (_) => token.immediate(/[A-Za-z_.][0-9A-Za-z_.`]*|[0-9]/),
    dot: (_) => '.',
    next: (_) => '+',
    previous: (_) => '^',
    recent: (_) => '&',

    // The shell

    shell: ($) =>
      seq(
        field('operator', choice('!', '!<')),
        field(
          'command',
          choice(
            $.shell_text,
            alias($._shell_path, $.shell_text),
            $.shell_single_quoted,
            $.shell_double_quoted,
          ),
        ),
      ),
    // Low, or else error recovery would swallow whole lines with it.
    shell_text: (_) => token(prec(-10, /[^ \t\r\n;'"][^\n;]*/)),
    // No comment: the text of a shell command is the shell's.
    _shell_path: (_) => token(prec(2, /\/\/[^\n;]*/)),
    shell_single_quoted: (_) => token(/'([^'\\\n]|\\[^\n])*'?/),
    shell_double_quoted: (_) => token(/"([^"\\\n]|\\[^\n])*"?/),
  },
});
