package step

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

// completionFlag is what urfave's EnableBashCompletion looks for at the end of the arguments.
const completionFlag = "--generate-bash-completion"

// complete answers a shell that asks what may follow args: flags after a hyphen, the words of a
// flag that knows them, else commands. urfave's own answer reads
// os.Args and knows no values. With COVERS_COMPLETION=zsh each word is followed by a colon and what it is.
func (r *run) complete(args []string) func(*cli.Context) {
	return func(c *cli.Context) {
		typed := args[:max(0, len(args)-1)]
		last := ""
		if len(typed) > 0 {
			last = typed[len(typed)-1]
		}
		say := func(word, usage string) {
			if r.io.Getenv("COVERS_COMPLETION") == "zsh" && usage != "" {
				word += ":" + strings.ReplaceAll(usage, "`", "")
			}
			_, _ = fmt.Fprintln(c.App.Writer, word)
		}
		if f := valueOf(c.Command.Flags, last); f != nil {
			for _, word := range Words(f) {
				say(word, "")
			}
			return // a value without such words is completed by the shell, as a file
		}
		for _, cmd := range c.Command.Subcommands {
			if !strings.HasPrefix(last, "-") {
				say(cmd.Name, cmd.Usage)
			}
		}
		for _, f := range c.Command.Flags {
			word := "--" + f.Names()[0]
			if strings.HasPrefix(last, "-") && strings.HasPrefix(word, last) && !slices.Contains(typed[:len(typed)-1], word) {
				usage := ""
				if doc, ok := f.(cli.DocGenerationFlag); ok {
					usage = doc.GetUsage()
				}
				say(word, usage)
			}
		}
	}
}

// valueOf returns the flag whose value follows word, or nil.
func valueOf(flags []cli.Flag, word string) cli.Flag {
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if ok && doc.TakesValue() && slices.Contains(f.Names(), strings.TrimLeft(word, "-")) && strings.HasPrefix(word, "-") {
			return f
		}
	}
	return nil
}

// Words returns the words that a flag's value is one of; nil where it is not of that kind.
func Words(f cli.Flag) []string {
	if need, ok := f.(ownFlag); ok {
		f = need.anyFlag
	}
	if c, ok := f.(*choice); ok {
		return c.words
	}
	return nil
}

// completionCommand prints a script that teaches a shell this program's flags and commands.
func (r *run) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print a script for a shell: bash, zsh or fish", ArgsUsage: "bash|zsh|fish",
		Description: "bash: source <(" + r.step.Name + " completion bash)\nzsh: source <(" + r.step.Name + " completion zsh)\n" +
			"fish: " + r.step.Name + " completion fish | source",
		HideHelp: true, HideHelpCommand: true, CustomHelpTemplate: commandHelp,
		Flags: []cli.Flag{&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show this help", DisableDefaultText: true}},
		Action: func(c *cli.Context) error {
			shell := c.Args().First()
			switch {
			case c.Args().Len() != 1:
				return fmt.Errorf("want one shell: bash, zsh or fish")
			case shell == "fish":
				script, err := c.App.ToFishCompletion()
				if err != nil {
					return err
				}
				// urfave shows what stands between backquotes as they are, and knows nothing of this command's argument.
				_, err = fmt.Fprintf(c.App.Writer, "%s\n"+
					"complete -c %s -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n",
					strings.ReplaceAll(script, "`", ""), r.step.Name)
				return err
			case completionScripts[shell] == nil:
				return fmt.Errorf("no completion for %q: want bash, zsh or fish", shell)
			}
			var b bytes.Buffer
			if err := completionScripts[shell].Execute(&b, r.step.Name); err != nil {
				return err
			}
			_, err := c.App.Writer.Write(b.Bytes())
			return err
		},
		BashComplete: func(c *cli.Context) { _, _ = fmt.Fprint(c.App.Writer, "bash\nzsh\nfish\n") },
	}
}

// completionScripts ask the program itself. What was typed is passed on as words and never evaluated.
var completionScripts = map[string]*template.Template{
	"bash": template.Must(template.New("bash").Parse(`# bash completion of {{.}}: source <({{.}} completion bash)
_covers_{{.}}() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  local -a typed=("${COMP_WORDS[@]:0:COMP_CWORD}")
  typed[0]=${typed[0]/#\~/$HOME}
  # -- alone would end the flags: a single hyphen asks for the same.
  if [[ $cur == -- ]]; then typed+=(-); elif [[ $cur == -* ]]; then typed+=("$cur"); fi
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "$("${typed[@]}" ` + completionFlag + ` 2>/dev/null)" -- "$cur"))
}
complete -o bashdefault -o default -F _covers_{{.}} {{.}}
`)),
	"zsh": template.Must(template.New("zsh").Parse(`#compdef {{.}}
# zsh completion of {{.}}: source <({{.}} completion zsh), or save it as _{{.}} in a folder of $fpath
_covers_{{.}}() {
  local -a typed answers
  typed=("${(@)words[1,CURRENT-1]}")
  typed[1]=${typed[1]/#\~/$HOME}
  if [[ ${words[CURRENT]} == -- ]]; then typed+=(-); elif [[ ${words[CURRENT]} == -* ]]; then typed+=("${words[CURRENT]}"); fi
  answers=("${(@f)$(COVERS_COMPLETION=zsh "${typed[@]}" ` + completionFlag + ` 2>/dev/null)}")
  if [[ -n ${answers[1]} ]]; then
    _describe '{{.}}' answers
  else
    _files
  fi
}
if [[ ${funcstack[1]} == _{{.}} ]]; then
  _covers_{{.}} "$@"
else
  compdef _covers_{{.}} {{.}}
fi
`)),
}
