; Captures of the mdb command language. Later patterns win over earlier ones, as in the tree-sitter CLI.

(comment) @comment

; Commands
(dcmd "::" @operator)
(dcmd_name) @function
(legacy_name) @function.builtin
(format_command verb: _ @operator)
(write_verb) @operator
(match_verb) @operator
(assignment ">" @operator)
(assignment_cast) @operator

; Format lists
(format_letter) @string.special
(repeat_count) @number

; Arguments: a word means what its command makes of it; numbers, options and type keywords can be told by their shape.
(plain) @variable.parameter
((plain) @number
  (#match? @number "^(0[iI][01_]+|0[oO][0-7_]+|0[tT][0-9_]+|0[xX][0-9A-Fa-f_]+|[0-9][0-9A-Fa-f_]*)$"))
((plain) @attribute
  (#match? @attribute "^[-+][A-Za-z]+$"))
((plain) @keyword
  (#any-of? @keyword "struct" "union" "enum"))
((plain) @type
  (#match? @type "^[A-Za-z_][0-9A-Za-z_]*_t$"))
(assignment argument: (word (plain) @variable))
(single_quoted) @string
(string) @string
(escape_sequence) @string.escape
(computed ["$[" "]"] @punctuation.special)

; Expressions
(number) @number
(character) @character
(number_or_symbol) @constant
(symbol) @constant
(variable "<" @punctuation.special)
(variable_name) @variable
(dot) @variable.builtin
(next) @variable.builtin
(previous) @variable.builtin
(recent) @variable.builtin
(unary operator: _ @operator)
(binary operator: _ @operator)
(parenthesized ["(" ")"] @punctuation.bracket)

; Between commands
(pipeline "|" @operator)
(statement "|" @operator)
(statement "," @punctuation.delimiter)
";" @punctuation.delimiter
(shell operator: _ @operator)
(shell_text) @string.special
(shell_single_quoted) @string.special
(shell_double_quoted) @string.special
