# fish completion for noodle-lsp

set -l commands serve check fix tokens cache doctor bench version help
set -l languages c python javascript javascriptreact typescript typescriptreact json jsonc go rust java
set -l none "not __fish_seen_subcommand_from $commands"
set -l serve "not __fish_seen_subcommand_from check fix tokens cache doctor bench version help"
set -l encoder "not __fish_seen_subcommand_from tokens version help"
set -l engine "not __fish_seen_subcommand_from tokens doctor bench version help"
set -l check_fix "__fish_seen_subcommand_from check fix"

complete -c noodle-lsp -f
complete -c noodle-lsp -n "__fish_seen_subcommand_from check fix tokens cache" -F

complete -c noodle-lsp -n $none -a serve -d "run the language server (the default command)"
complete -c noodle-lsp -n $none -a check -d "report broken syntax in files and folders"
complete -c noodle-lsp -n $none -a fix -d "repair broken syntax, as a diff or in place"
complete -c noodle-lsp -n $none -a tokens -d "print the tokens of a file, one JSON object a line"
complete -c noodle-lsp -n $none -a cache -d "show, empty or fill the cache of results"
complete -c noodle-lsp -n $none -a doctor -d "show what this program is, has and uses here"
complete -c noodle-lsp -n $none -a bench -d "measure how fast this machine computes the encoder"
complete -c noodle-lsp -n $none -a version -d "print the version"
complete -c noodle-lsp -n $none -a help -d "explain the program or one command"
complete -c noodle-lsp -n "__fish_seen_subcommand_from help" -a "$commands"

complete -c noodle-lsp -l help -d "explain the program or the command"
complete -c noodle-lsp -l version -d "print the version"

complete -c noodle-lsp -n $serve -l stdio -d "speak on standard input and output"
complete -c noodle-lsp -n $serve -l socket -x -d "a TCP port of 127.0.0.1"
complete -c noodle-lsp -n $serve -l pipe -r -F -d "a Unix domain socket"
complete -c noodle-lsp -n $serve -l clientProcessId -x -d "end when this process ends"

complete -c noodle-lsp -n "__fish_seen_subcommand_from check fix tokens cache" -l language -x -a "$languages" -d "take the named files for this language"
complete -c noodle-lsp -n "__fish_seen_subcommand_from check" -l format -x -a "text json sarif github" -d "how to report"
complete -c noodle-lsp -n "__fish_seen_subcommand_from fix" -l diff -d "print a unified diff"
complete -c noodle-lsp -n "__fish_seen_subcommand_from fix" -l write -d "write the repaired files"
complete -c noodle-lsp -n "__fish_seen_subcommand_from fix" -l stdout -d "print the repaired text of the one file"
complete -c noodle-lsp -n "__fish_seen_subcommand_from fix" -l jsonl -d "answer requests on standard input"
complete -c noodle-lsp -n "__fish_seen_subcommand_from fix" -l min-confidence -x -d "apply only repairs at least this certain"
complete -c noodle-lsp -n "__fish_seen_subcommand_from fix" -l max-fixes -x -d "repairs a request, with --jsonl"
complete -c noodle-lsp -n "__fish_seen_subcommand_from fix" -l explain -d "what repairs were ordered by, with --jsonl"
complete -c noodle-lsp -n "__fish_seen_subcommand_from tokens" -l features -d "answer frames on standard input, for training"
complete -c noodle-lsp -n $check_fix -l deadline-ms -x -d "time for one text, milliseconds"
complete -c noodle-lsp -n $check_fix -l color -x -a "auto always never" -d "colours on standard output"
complete -c noodle-lsp -n $engine -l redis -x -d "share results through this Redis server"

complete -c noodle-lsp -n $engine -l threads -x -d "work on so many files at once"
complete -c noodle-lsp -n $encoder -l device -x -a "auto cpu vulkan" -d "what computes"
complete -c noodle-lsp -n "__fish_seen_subcommand_from doctor" -l plan -d "add which device computes what"
complete -c noodle-lsp -n "__fish_seen_subcommand_from bench" -l json -d "print one JSON object a line"
complete -c noodle-lsp -n $encoder -l precision -x -a "auto fp32 fp16 int8" -d "number format"
complete -c noodle-lsp -n $encoder -l model -r -F -a none -d "weights of the encoder, or none"
complete -c noodle-lsp -n "not __fish_seen_subcommand_from tokens cache doctor bench version help" -l no-cache -d "neither look up nor keep results"
complete -c noodle-lsp -n "__fish_seen_subcommand_from cache" -a "stats clear warm"
complete -c noodle-lsp -n "__fish_seen_subcommand_from cache" -l path -r -F -d "clear results of this file or folder"
complete -c noodle-lsp -n "__fish_seen_subcommand_from cache" -l older -x -d "clear results not used for so long"
