function __hush_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __hush_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __hush_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __hush_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __hush_parse_tokens -S
    set -l unparsed_tokens (__hush_tokens -pc)
    switch $unparsed_tokens[1]
    case 'hush'
        __hush_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'denoise'
            __hush_parse_subcommand -r 1 'o/output-dir=' 'f/force' 'a/attenuation-limit=' 'm/model=' 'latency=' 'format=' 'subtype=' 'report=' 'presence=' 'rate=' 'channels=' 'sample-format=' 'j/jobs=' 'allow-truncated' 'q/quiet' 'version' 'h/help'
        case 'model'
            __hush_parse_subcommand 1 'json' 'version' 'h/help'
        case 'top'
            __hush_parse_subcommand 0 'b/batch' 'n/iterations=' 'd/delay=' 'socket=' 'version' 'h/help'
        case 'status'
            __hush_parse_subcommand 0 'json' 'q/quiet' 'socket=' 'version' 'h/help'
        case 'set'
            __hush_parse_subcommand -r 1 'q/quiet' 'socket=' 'version' 'h/help'
        case 'events'
            __hush_parse_subcommand 0 'json' 'count=' 'socket=' 'version' 'h/help'
        case 'doctor'
            __hush_parse_subcommand 0 'capture=' 'output=' 'trial=' 'm/model=' 'json' 'socket=' 'version' 'h/help'
        case 'devices'
            __hush_parse_subcommand 0 'json' 'all' 'version' 'h/help'
        case 'bench'
            __hush_parse_subcommand 0 'rate=' 'channels=' 'seconds=' 'model=' 'json' 'version' 'h/help'
        case 'help'
            __hush_parse_subcommand -r 1 'version'
        end
    end
end

function __hush_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __hush_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __hush_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __hush_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__hush_tokens -p)
    if test -z "$(__hush_tokens -t)"
        set -l index (count (__hush_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'hush' -f
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'denoise' -d 'Removes noise from sound files or from a stream of samples.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'model' -d 'Shows what a model is: its sizes, its work, its data and its scores.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'top' -d 'Watches hushd on a screen, and steers it by keys.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'status' -d 'Shows how hushd is, in a line.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'set' -d 'Changes what hushd does, while sound flows.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'events' -d 'Shows what happens in hushd, as it happens.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'doctor' -d 'Tells what stands between you and sound without gaps, and what mends it.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'devices' -d 'Lists the sound devices, and what each can do.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'bench' -d 'Measures what denoising costs on this machine.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" o output-dir' -s 'o' -l 'output-dir' -d 'Write each input\'s output here, under the same name.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" f force' -s 'f' -l 'force' -d 'Replace outputs that exist.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" a attenuation-limit' -s 'a' -l 'attenuation-limit' -d 'The most to take off noise, in dB: 0 changes nothing. (default: no limit)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" m model' -s 'm' -l 'model' -d 'A model to use instead of base: the name of a built-in one (hush model lists them) or a file.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" latency' -l 'latency' -d 'Which variant of a built-in model: normal, or low for less delay of a stream. (default: normal)' -rfka 'normal low'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" format' -l 'format' -d 'Output format: wav, flac, opus, ogg, mp3, aiff, au, caf, w64, rf64, nist, voc. (default: by OUT\'s extension, else the input\'s)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" bits subtype' -l 'subtype' -l 'bits' -d 'Output coding: 8, 16, 24, 32, float, double, u8, s8, ulaw, alaw, ima-adpcm, ms-adpcm, gsm, vorbis, opus, alac16, alac24, mp3. (default: the input\'s)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" report' -l 'report' -d 'Write a page with pictures and sound before and after; one input only.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" presence' -l 'presence' -d 'Write when somebody speaks, time and probability of each hop; one input only, and a model that tells.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" rate' -l 'rate' -d 'Samples a second of raw input; needed with IN -.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" channels' -l 'channels' -d 'Channels of raw input. (default: 1)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" sample-format' -l 'sample-format' -d 'How raw samples are laid out. (default: s16le)' -rfka 's16le s24le s32le f32le s16be s24be s32be f32be'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" j jobs' -s 'j' -l 'jobs' -d 'How many files to work on at once. (default: one for each processor)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" allow-truncated' -l 'allow-truncated' -d 'Take a cut-off file as far as it goes instead of refusing it.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" q quiet' -s 'q' -l 'quiet' -d 'No progress bar and no summary; warnings and errors stay.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush denoise" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush model" json' -l 'json' -d 'Write JSON instead of a table.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush model" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush model" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush top" b batch' -s 'b' -l 'batch' -d 'Write screen after screen as plain text, and heed no keys.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush top" iterations n' -s 'n' -l 'iterations' -d 'End after so many screens; with --batch.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush top" d delay' -s 'd' -l 'delay' -d 'From one screen to the next. (default: 0.2, with --batch 2)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush top" socket' -l 'socket' -d 'hushd\'s socket. (default: the variable HUSH_SOCKET, else /run/hushd/control.sock)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush top" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush top" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush status" json' -l 'json' -d 'Write all that hushd tells, as JSON.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush status" q quiet' -s 'q' -l 'quiet' -d 'Write nothing; the exit code says it.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush status" socket' -l 'socket' -d 'hushd\'s socket. (default: the variable HUSH_SOCKET, else /run/hushd/control.sock)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush status" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_positional "hush set" -ge 1' -fka 'strength= bypass=on bypass=off mute=on mute=off model= reset'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush set" q quiet' -s 'q' -l 'quiet' -d 'Do not tell what is in force then.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush set" socket' -l 'socket' -d 'hushd\'s socket. (default: the variable HUSH_SOCKET, else /run/hushd/control.sock)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush set" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush set" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush events" json' -l 'json' -d 'Pass on hushd\'s lines of JSON, its hello and heartbeats with them.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush events" count' -l 'count' -d 'End after so many events, hello and heartbeats aside.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush events" socket' -l 'socket' -d 'hushd\'s socket. (default: the variable HUSH_SOCKET, else /run/hushd/control.sock)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush events" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush events" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" capture' -l 'capture' -d 'The microphone. (default: hushd\'s where it runs, else default)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" output' -l 'output' -d 'The loudspeaker; nothing is heard. (default: hushd\'s where it runs, else none)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" trial' -l 'trial' -d 'How long the microphone is tried, 0 for not at all.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" m model' -s 'm' -l 'model' -d 'A model to time instead of the usual one: a built-in one\'s name or a file.' -rF
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" json' -l 'json' -d 'Write JSON instead of text.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" socket' -l 'socket' -d 'hushd\'s socket. (default: the variable HUSH_SOCKET, else /run/hushd/control.sock)' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush doctor" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush devices" json' -l 'json' -d 'Write JSON instead of text.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush devices" all' -l 'all' -d 'Show those of ALSA\'s configuration too that cannot be opened now.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush devices" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush devices" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush bench" rate' -l 'rate' -d 'Samples a second, 8000 to 192000.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush bench" channels' -l 'channels' -d 'Channels, 1 to 8.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush bench" seconds' -l 'seconds' -d 'How long to measure, 0.1 to 600.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush bench" model' -l 'model' -d 'A model, in place of the usual one: a built-in one\'s name or a file.' -rfka ''
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush bench" json' -l 'json' -d 'Write JSON instead of a table.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush bench" version' -l 'version' -d 'Show the version.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush bench" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'hush' -n '__hush_should_offer_completions_for_flags_or_options "hush help" version' -l 'version' -d 'Show the version.'
