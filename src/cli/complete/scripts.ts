import { COMPLETE } from './words.ts';

/* What a shell runs at every Tab. It asks the program that is being typed, so that it need not be told again after an update. */

const bash = `# bash completion of usage: source <(usage completion bash)
_usage() {
  local word=\${COMP_WORDS[COMP_CWORD]} line
  [[ $word == [=:] ]] && word=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")); return ;;
      :folders) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word")); return ;;
      *) COMPREPLY+=("$(printf %q "$line")") ;;
    esac
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} bash "\${COMP_LINE:0:COMP_POINT}" "$word" 2>/dev/null)
}
complete -F _usage usage
`;

const zsh = `#compdef usage
# zsh completion of usage: source <(usage completion zsh), after compinit; or as the file _usage in a folder of $fpath
_usage() {
  local -a found
  found=("\${(@f)$("\${(Q)words[1]}" ${COMPLETE} zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $found[1] in
    :files) _files ;;
    :folders) _files -/ ;;
    '') return 1 ;;
    *) _describe -V usage found ;;
  esac
}
if [ "$funcstack[1]" = _usage ]; then _usage; else compdef _usage usage; fi
`;

const fish = `# fish completion of usage: usage completion fish > ~/.config/fish/completions/usage.fish
function __usage_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l found ($words[1] ${COMPLETE} fish $words[2..-1] "$typed" 2>/dev/null)
    switch "$found[1]"
        case ':files'
            __fish_complete_path "$typed"
        case ':folders'
            __fish_complete_directories "$typed" ''
        case '*'
            printf '%s\\n' $found
    end
end
complete -c usage -f -k -a '(__usage_complete)'
`;

/** By the name of the shell. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish };
