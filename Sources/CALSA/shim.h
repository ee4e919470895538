#include <alsa/asoundlib.h>
#include <stdarg.h>
#include <stdio.h>

// alsa-lib's error handler takes a variable number of arguments, which Swift cannot. It must print
// nothing (a daemon's standard error is its log, and real-time threads do no such I/O): the words
// are kept for the error that the failing call is turned into, and only while they are asked for.

struct hush_alsa_state {
  char words[256];
  int listening;
};

// In a function, because Swift takes over functions of a header but no variables.
static inline struct hush_alsa_state *hush_alsa_own(void) {
  static _Thread_local struct hush_alsa_state state;
  return &state;
}

__attribute__((format(printf, 5, 6))) static inline void hush_alsa_error(
    const char *file, int line, const char *function, int error, const char *format, ...) {
  (void)file;
  (void)line;
  (void)function;
  (void)error;
  struct hush_alsa_state *state = hush_alsa_own();
  // The first message is nearest to the cause.
  if (!state->listening || state->words[0] != 0) {
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(state->words, sizeof state->words, format, arguments);
  va_end(arguments);
}

static inline void hush_alsa_quiet(void) { snd_lib_error_set_handler(hush_alsa_error); }

static inline void hush_alsa_listen(int on) {
  struct hush_alsa_state *state = hush_alsa_own();
  state->listening = on;
  if (on) {
    state->words[0] = 0;
  }
}

static inline const char *hush_alsa_heard(void) { return hush_alsa_own()->words; }
