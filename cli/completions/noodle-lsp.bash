# bash completion for noodle-lsp

_noodle_lsp() {
    local current=$2 previous=$3 command= word
    local commands="serve check fix tokens cache doctor bench version help"
    local languages="c python javascript javascriptreact typescript typescriptreact json jsonc go rust java"
    local engine="--threads --device --precision --model --redis"
    local everywhere="--help --version"
    local options="$everywhere"

    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        serve | check | fix | tokens | cache | doctor | bench | version | help)
            command=$word
            break
            ;;
        esac
    done

    case $previous in
    --language) COMPREPLY=($(compgen -W "$languages" -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W "text json sarif github" -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$current")); return ;;
    --device) COMPREPLY=($(compgen -W "auto cpu vulkan" -- "$current")); return ;;
    --precision) COMPREPLY=($(compgen -W "auto fp32 fp16 int8" -- "$current")); return ;;
    --model) COMPREPLY=($(compgen -W "none" -f -- "$current")); return ;;
    --socket | --clientProcessId | --min-confidence | --max-fixes | --deadline-ms | --threads | --redis | --older) return ;;
    --pipe | --path) compopt -o default; return ;;
    esac

    case $command in
    "") options="--stdio --socket --pipe --clientProcessId --no-cache $engine $everywhere" ;;
    serve) options="--stdio --socket --pipe --clientProcessId --no-cache $engine $everywhere" ;;
    check) options="--language --format --deadline-ms --color --no-cache $engine $everywhere" ;;
    fix) options="--language --diff --write --stdout --jsonl --min-confidence --max-fixes --explain --deadline-ms --color --no-cache $engine $everywhere" ;;
    tokens) options="--language --features $everywhere" ;;
    cache) options="--language --path --older $engine $everywhere" ;;
    doctor) options="--plan --device --precision --model $everywhere" ;;
    bench) options="--json --device --precision --model $everywhere" ;;
    esac

    if [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    elif [[ -z $command || $command == help ]]; then
        COMPREPLY=($(compgen -W "$commands" -- "$current"))
    elif [[ $previous == cache ]]; then
        COMPREPLY=($(compgen -W "stats clear warm" -- "$current"))
    else
        compopt -o default # file names
    fi
}

complete -F _noodle_lsp noodle-lsp
