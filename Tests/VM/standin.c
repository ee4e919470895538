/* A stand-in for hushd, to prove the cases of make test-vm: with no fault every case passes, and each
 * fault named in /etc/hushd.fault makes the case fail that is there to catch it. It reads of the
 * configuration what guest/NAME.yaml holds and leaves the denoising to a `hush denoise - -` child.
 *
 * Faults: no-ready, needs-device, no-fifo, all-fifo, no-mlock, dry, gaps, dies-on-loss, stuck-on-loss,
 * leaks, dies-on-hup, hangs-on-term, fails-on-term, half-file */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char fault[32], capture_name[128], playback_name[128], path[256];
static unsigned rate = 16000, period = 128;
static snd_pcm_t *capture, *playback;
static int to_child[2], from_child[2], to_output[2];
static FILE *file;
static uint32_t file_bytes;
static atomic_bool stopping, lost;
static atomic_uint progress;
static volatile sig_atomic_t terminate, reload;

static bool faulty(const char *name) { return strcmp(fault, name) == 0; }

static void notify(const char *format, ...) {
  const char *to = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (strncmp(text, "WATCHDOG", 8) != 0) fprintf(stderr, "%s\n", text);
  if (!to) return;
  strncpy(address.sun_path, to, sizeof address.sun_path - 1);
  if (to[0] == '@') address.sun_path[0] = 0;
  int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t size = offsetof(struct sockaddr_un, sun_path) + strlen(to);
  sendto(s, text, strlen(text), 0, (struct sockaddr *)&address, size);
  close(s);
}

static void configure(const char *name) {
  FILE *f = fopen(name, "r");
  char line[256], section[32] = "", value[128];
  if (!f) exit(78);
  while (fgets(line, sizeof line, f)) {
    if (line[0] != ' ' && line[0] != '#') sscanf(line, "%31[a-z]:", section);
    bool in = strcmp(section, "capture") == 0;
    if (sscanf(line, " device: \"%127[^\"]\"", value) == 1)
      strcpy(in ? capture_name : playback_name, value);
    if (sscanf(line, " path: \"%127[^\"]\"", value) == 1) strcpy(path, value);
    if (in) sscanf(line, " rate: %u", &rate);
    if (in) sscanf(line, " period: %u", &period);
  }
  fclose(f);
  if ((f = fopen("/etc/hushd.fault", "r"))) {
    if (fscanf(f, "%31s", fault) != 1) fault[0] = 0;
    fclose(f);
  }
}

static snd_pcm_t *open_pcm(const char *name, snd_pcm_stream_t stream) {
  snd_pcm_t *pcm;
  snd_pcm_hw_params_t *hw;
  snd_pcm_uframes_t frames = period;
  unsigned periods = 4;
  if (snd_pcm_open(&pcm, name, stream, 0) < 0) return NULL;
  snd_pcm_hw_params_alloca(&hw);
  snd_pcm_hw_params_any(pcm, hw);
  if (snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED) < 0 ||
      snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE) < 0 ||
      snd_pcm_hw_params_set_channels(pcm, hw, 1) < 0 ||
      snd_pcm_hw_params_set_rate(pcm, hw, rate, 0) < 0 ||
      snd_pcm_hw_params_set_period_size_near(pcm, hw, &frames, NULL) < 0 ||
      snd_pcm_hw_params_set_periods_near(pcm, hw, &periods, NULL) < 0 ||
      snd_pcm_hw_params(pcm, hw) < 0) {
    snd_pcm_close(pcm);
    return NULL;
  }
  return pcm;
}

static void be_real_time(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  if (faulty("no-fifo")) return;
  int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
  if (error) fprintf(stderr, "no SCHED_FIFO: %s\n", strerror(error));
}

static void *capture_thread(void *unused) {
  int16_t samples[8192];
  be_real_time(72);
  while (!stopping && !lost) {
    snd_pcm_sframes_t n = snd_pcm_readi(capture, samples, period);
    if (n == -EPIPE || n == -ESTRPIPE) {
      fprintf(stderr, "capture: %s\n", snd_strerror((int)n));
      n = snd_pcm_recover(capture, (int)n, 1);
      if (n >= 0) continue;
    }
    if (n < 0) {
      fprintf(stderr, "capture: %s\n", snd_strerror((int)n));
      lost = true;
      break;
    }
    if (faulty("gaps") && progress % 100 == 0)
      ;
    else if (write(to_child[1], samples, (size_t)n * 2) < 0)
      lost = true;
    progress++;
  }
  close(to_child[1]); /* the child sees the end of its input and finishes */
  return unused;
}

static void *denoise_thread(void *unused) {
  char bytes[4096];
  ssize_t n;
  be_real_time(70);
  while ((n = read(from_child[0], bytes, sizeof bytes)) > 0)
    if (write(to_output[1], bytes, (size_t)n) < 0) break;
  close(to_output[1]);
  return unused;
}

static void *output_thread(void *unused) {
  int16_t samples[8192] = {0};
  ssize_t bytes;
  be_real_time(72);
  if (playback) /* 100 ms in hand */
    for (unsigned i = 0; i < rate / 10; i += period) snd_pcm_writei(playback, samples, period);
  while ((bytes = read(to_output[0], samples, period * 2)) > 0) {
    if (file) {
      fwrite(samples, 1, (size_t)bytes, file);
      file_bytes += (uint32_t)bytes;
    }
    if (!playback || lost) continue;
    snd_pcm_sframes_t n = snd_pcm_writei(playback, samples, (size_t)bytes / 2);
    if (n == -EPIPE || n == -ESTRPIPE) {
      fprintf(stderr, "playback: %s\n", snd_strerror((int)n));
      n = snd_pcm_recover(playback, (int)n, 1);
      if (n >= 0) n = snd_pcm_writei(playback, samples, (size_t)bytes / 2);
    }
    if (n < 0) {
      fprintf(stderr, "playback: %s\n", snd_strerror((int)n));
      lost = true;
    }
  }
  return unused;
}

static void wav_header(void) {
  uint32_t header[11] = {0x46464952, 36 + file_bytes, 0x45564157, 0x20746d66, 16, 0x00010001,
                         rate, rate * 2, 0x00100002, 0x61746164, file_bytes};
  rewind(file);
  fwrite(header, 1, sizeof header, file);
}

static void on_signal(int number) {
  if (number == SIGTERM) terminate = 1;
  if (number == SIGHUP) reload = 1;
}

int main(int count, char **arguments) {
  pthread_t threads[3];
  bool been_running = false;
  char rate_text[16];
  if (count == 3) configure(arguments[2]);
  snprintf(rate_text, sizeof rate_text, "%u", rate);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  if (!faulty("no-mlock") && mlockall(MCL_CURRENT | MCL_FUTURE) != 0) perror("mlockall");
  if (faulty("all-fifo")) be_real_time(70);
  if (!faulty("no-ready")) notify("READY=1\nSTATUS=starting");

  while (!terminate) {
    capture = open_pcm(capture_name, SND_PCM_STREAM_CAPTURE);
    playback = playback_name[0] ? open_pcm(playback_name, SND_PCM_STREAM_PLAYBACK) : NULL;
    if (!capture || (playback_name[0] && !playback)) {
      if (faulty("needs-device")) return 1;
      if (!faulty("leaks")) {
        if (capture) snd_pcm_close(capture);
        if (playback) snd_pcm_close(playback);
      } else if (open("/dev/null", O_RDONLY) < 0)
        return 1;
      notify("WATCHDOG=1\nSTATUS=%s for %s", been_running ? "recovering: waiting" : "waiting",
             capture_name);
      usleep(200000);
      continue;
    }
    if (path[0] && !file) {
      if (!(file = fopen(path, "wb"))) return 73;
      wav_header();
    }
    if (pipe2(to_child, O_CLOEXEC) || pipe2(from_child, O_CLOEXEC) || pipe2(to_output, O_CLOEXEC))
      return 70;
    pid_t child = fork();
    if (child == 0) {
      const char *limit = faulty("dry") ? "0" : "100";
      dup2(to_child[0], 0);
      dup2(from_child[1], 1);
      execl("/usr/local/bin/hush", "hush", "denoise", "-q", "-", "-", "--rate", rate_text, "-a", limit,
            (char *)NULL);
      _exit(70);
    }
    close(to_child[0]);
    close(from_child[1]);
    lost = false;
    pthread_create(&threads[0], NULL, capture_thread, NULL);
    pthread_create(&threads[1], NULL, denoise_thread, NULL);
    pthread_create(&threads[2], NULL, output_thread, NULL);
    notify("STATUS=running: %s, %u Hz", capture_name, rate);
    been_running = true;
    for (unsigned last = 0; !terminate && !lost; usleep(100000)) {
      if (progress != last) notify("WATCHDOG=1");
      last = progress;
      if (reload && faulty("dies-on-hup")) return 0;
      if (reload) notify("STATUS=running: read again");
      reload = 0;
    }
    if (lost && faulty("dies-on-loss")) return 1;
    while (lost && faulty("stuck-on-loss")) {
      usleep(100000);
      notify("WATCHDOG=1");
    }
    while (terminate && faulty("hangs-on-term")) sleep(1);
    if (lost) notify("STATUS=recovering: %s is gone", capture_name);
    stopping = terminate;
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    close(from_child[0]);
    close(to_output[0]);
    waitpid(child, NULL, 0);
    if (!faulty("leaks")) snd_pcm_close(capture);
    if (playback) snd_pcm_close(playback);
  }
  notify("STOPPING=1");
  if (file && !faulty("half-file")) {
    wav_header();
    fclose(file);
  } else if (file)
    _exit(0);
  return faulty("fails-on-term") ? 1 : 0;
}
