#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <readline/readline.h>
#include <readline/history.h>

// Readline is steered by global variables, which Swift cannot prove safe to touch. Each stands behind a function here; all of them are
// called on one thread only, the one that reads lines.

// Sets the terminal up as readline wants it, then as the program does.
//
// A signal from the keyboard makes the terminal forget what was written and is not shown yet. That may be the prompt which the signal has
// brought, or what wipes the screen; so it shall forget nothing while a line is read.
static inline void fieldentry_readline_prepare_terminal(int meta, int keys_make_signals) {
    rl_prep_terminal(meta);
    struct termios settings;
    if (tcgetattr(fileno(rl_instream), &settings) != 0) return;
    settings.c_lflag |= NOFLSH;
    // Readline turns them on.
    if (!keys_make_signals) settings.c_lflag &= ~(tcflag_t)ISIG;
    tcsetattr(fileno(rl_instream), TCSADRAIN, &settings);
}

static inline void fieldentry_readline_end_line(void) {
    rl_done = 1;
}

static inline void fieldentry_readline_prepare(
    rl_completion_func_t *complete, rl_vintfunc_t *prepare_terminal, rl_command_func_t *interrupt) {
    rl_readline_name = "fieldentry";
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = " \t";
    rl_completer_quote_characters = "'\"";
    // Signals are the program's own business: Ctrl-C ends a line, not the program.
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_prep_term_function = prepare_terminal;
    // Ctrl-C, where it makes no signal.
    rl_bind_key_in_map(3, interrupt, emacs_standard_keymap);
    rl_bind_key_in_map(3, interrupt, vi_insertion_keymap);
    rl_bind_key_in_map(3, interrupt, vi_movement_keymap);
    using_history();
}

// What is completed: the word before the cursor, or, of an answer, all that stands there, blanks and quotes included.
static inline void fieldentry_readline_complete_whole_line(int is_whole_line) {
    rl_completer_word_break_characters = is_whole_line ? "" : " \t";
    rl_completer_quote_characters = is_whole_line ? NULL : "'\"";
}

static inline void fieldentry_readline_no_filenames(void) {
    rl_attempted_completion_over = 1;
}

// A field's name in a completed `field=` is followed by its value, not by a blank.
static inline void fieldentry_readline_completion_suffix(char character) {
    rl_completion_append_character = character;
}

static inline const char *fieldentry_readline_buffer(void) {
    return rl_line_buffer;
}

// The shell has given the terminal its own settings back; readline believes that its settings still hold.
static inline void fieldentry_readline_redisplay_after_stop(void) {
    rl_deprep_terminal();
    rl_prep_terminal(1);
    rl_forced_update_display();
}

extern int _rl_last_command_was_kill;

// What was cut out of a line may be a value, and another field or command must not bring it back: ten blanks push all ten cuts out that
// readline keeps. It has no call for this; each blank would join the one before unless it believes that another command came between.
static inline void fieldentry_readline_forget_kills(void) {
    for (int cut = 0; cut < 10; cut++) {
        rl_replace_line(" ", 1);
        _rl_last_command_was_kill = 0;
        rl_kill_text(0, 1);
    }
    _rl_last_command_was_kill = 0;
    rl_replace_line("", 1);
    rl_free_undo_list();
}

// Writes lines where the one being typed stands, and that one below them again.
static inline void fieldentry_readline_show_above(const char *text) {
    rl_clear_visible_line();
    fputs(text, rl_outstream);
    fflush(rl_outstream);
    rl_forced_update_display();
}

// Takes the line being typed off the screen.
static inline void fieldentry_readline_clear_line(void) {
    rl_clear_visible_line();
    fflush(rl_outstream);
}

// Writes as readline does, so that nothing overtakes what it has written.
static inline void fieldentry_readline_write(const char *text) {
    fputs(text, stdout);
    fflush(stdout);
}
