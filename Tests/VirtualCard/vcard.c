// A sound card that is not there, for tests: an ALSA plug-in whose clock is CLOCK_MONOTONIC.
//
// Its sample clock runs from `epoch` for ever, at rate * (1 + ppm / 10^6). Frame n of a direction
// enters the microphone, or leaves the loudspeaker, at epoch + n / that rate. The microphone hears
// frame n of the source file (in a loop), whether a program listens or not; what was heard of the
// loudspeaker is at frame n of the sink file, silence (a hole) where nothing was played. So where a
// sound is in the two files tells the delay between them, to the frame.
//
// The control block, a file of 64-bit words that test and card share, says what happened and asks
// for trouble. Its layout is ControlBlock.swift's too.
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAGIC = 0x68757368636172, WORDS = 64, SIDE = 16 };
// Words of the block, then of each side: capture from SIDE, playback from 2 * SIDE.
enum { W_MAGIC, W_EPOCH, W_GONE, W_STALL_FROM, W_STALL_UNTIL, W_BUSY };
enum {
  S_XRUNS_ASKED, S_XRUNS, S_OPENS, S_OPEN, S_STARTS, S_RUNNING, S_START_FRAME, S_HARDWARE,
  S_PROGRAM, S_TIME, S_RATE, S_PERIOD, S_BUFFER, S_STOPS, S_SUSPENDS_ASKED
};

typedef struct {
  snd_pcm_ioplug_t io;
  _Atomic uint64_t *block;
  _Atomic uint64_t *side;
  int timer;
  int sink;
  const float *source;
  size_t source_frames, source_bytes;
  unsigned source_channels;
  double ppm;
  long latency, grain;
  // Of the running stream.
  uint64_t start_frame;
  snd_pcm_uframes_t boundary_seen;
  uint64_t program;
  uint64_t hardware;
  uint64_t avail_min;
  bool counts, suspended;
  float *row;
} card;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double frames_per_ns(const card *c) { return c->io.rate * (1 + c->ppm * 1e-6) * 1e-9; }

static bool gone(const card *c) { return atomic_load(&c->block[W_GONE]) != 0; }

// Time as the card's clock lets on: it stands still in a stall, and catches up after it.
static uint64_t shown(const card *c, uint64_t t) {
  uint64_t from = atomic_load(&c->block[W_STALL_FROM]);
  uint64_t until = atomic_load(&c->block[W_STALL_UNTIL]);
  return t >= from && t < until ? from : t;
}

// The card's frame number at a time, ever since the epoch.
static uint64_t frame_at(const card *c, uint64_t t) {
  uint64_t epoch = atomic_load(&c->block[W_EPOCH]);
  return t <= epoch ? 0 : (uint64_t)((double)(t - epoch) * frames_per_ns(c));
}

// Frames the card has taken or given since the start.
static uint64_t position(const card *c) {
  if (!atomic_load(&c->side[S_RUNNING])) {
    return c->hardware;
  }
  uint64_t frame = frame_at(c, shown(c, now()));
  uint64_t done = frame > c->start_frame ? frame - c->start_frame : 0;
  done -= done % (uint64_t)c->grain;
  return done > c->hardware ? done : c->hardware;
}

static bool asked(_Atomic uint64_t *word) {
  uint64_t count = atomic_load(word);
  while (count > 0) {
    if (atomic_compare_exchange_weak(word, &count, count - 1)) {
      return true;
    }
  }
  return false;
}

static void end(card *c) {
  if (atomic_exchange(&c->side[S_RUNNING], 0)) {
    atomic_fetch_add(&c->side[S_STOPS], 1);
  }
  // What was not played any more was not heard.
  if (c->sink >= 0 && c->program > c->hardware) {
    size_t frame = sizeof(float) * c->io.channels;
    int failed = ftruncate(c->sink, (off_t)((c->start_frame + c->hardware) * frame));
    (void)failed;
    c->program = c->hardware;
  }
}

// Moves the hardware's position on; says in *trouble what happened meanwhile.
static void advance(card *c, int *trouble) {
  snd_pcm_ioplug_t *io = &c->io;
  *trouble = 0;
  if (gone(c)) {
    end(c);
    *trouble = -ENODEV;
    return;
  }
  if (io->state != SND_PCM_STATE_RUNNING && io->state != SND_PCM_STATE_DRAINING) {
    return;
  }
  if (asked(&c->side[S_SUSPENDS_ASKED])) {
    end(c);
    *trouble = -ESTRPIPE;
    return;
  }
  uint64_t next = position(c);
  bool capture = io->stream == SND_PCM_STREAM_CAPTURE;
  bool over = capture ? next >= c->program + io->buffer_size : next >= c->program;
  if (asked(&c->side[S_XRUNS_ASKED]) || (over && io->state == SND_PCM_STATE_RUNNING)) {
    if (!capture && next > c->program) {
      next = c->program;
    }
    c->hardware = next;
    atomic_fetch_add(&c->side[S_XRUNS], 1);
    end(c);
    *trouble = -EPIPE;
    return;
  }
  c->hardware = next;
  atomic_store(&c->side[S_HARDWARE], next);
  atomic_store(&c->side[S_TIME], now());
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  int trouble;
  advance(c, &trouble);
  if (trouble == -EPIPE) {
    return -EPIPE;
  }
  // A negative position would make any trouble an xrun.
  if (trouble == -ENODEV) {
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
  } else if (trouble == -ESTRPIPE) {
    c->suspended = true;
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
  }
  return (snd_pcm_sframes_t)(c->hardware % io->buffer_size);
}

static void arm(const card *c, uint64_t time) {
  struct itimerspec when = {0};
  when.it_value.tv_sec = (time_t)(time / 1000000000u);
  when.it_value.tv_nsec = (long)(time % 1000000000u);
  timerfd_settime(c->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static int card_start(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  if (gone(c)) {
    return -ENODEV;
  }
  c->start_frame = frame_at(c, now());
  c->hardware = 0;
  if (c->sink >= 0 && c->program > 0) {
    // What was written before the start is to be heard from the start on.
    size_t bytes = c->program * io->channels * sizeof(float);
    if (pwrite(c->sink, c->row, bytes,
               (off_t)(c->start_frame * io->channels * sizeof(float))) < 0) {
      return -EIO;
    }
  }
  atomic_store(&c->side[S_START_FRAME], c->start_frame);
  atomic_store(&c->side[S_RUNNING], 1);
  atomic_fetch_add(&c->side[S_STARTS], 1);
  arm(c, 1);
  return 0;
}

static int card_stop(snd_pcm_ioplug_t *io) {
  end(io->private_data);
  return 0;
}

static int card_prepare(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  if (gone(c)) {
    return -ENODEV;
  }
  end(c);
  c->hardware = c->program = 0;
  c->suspended = false;
  // Until it runs there is always room to write and nothing to read.
  arm(c, 1);
  return 0;
}

static int card_resume(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  c->suspended = false;
  return -ENOSYS;
}

static float load(snd_pcm_format_t format, const char *at) {
  int32_t word = 0;
  float number;
  switch (format) {
  case SND_PCM_FORMAT_S16_LE: {
    int16_t half;
    memcpy(&half, at, sizeof half);
    return (float)half / 32768.0f;
  }
  case SND_PCM_FORMAT_S24_3LE:
    memcpy((char *)&word + 1, at, 3);
    return (float)((double)word / 2147483648.0);
  case SND_PCM_FORMAT_S24_LE:
    memcpy((char *)&word + 1, at, 3);
    return (float)((double)word / 2147483648.0);
  case SND_PCM_FORMAT_S32_LE:
    memcpy(&word, at, sizeof word);
    return (float)((double)word / 2147483648.0);
  default:
    memcpy(&number, at, sizeof number);
    return number;
  }
}

static int32_t step(float value, double scale) {
  double v = nearbyint((double)value * scale);
  return (int32_t)(v > scale - 1 ? scale - 1 : v < -scale ? -scale : v);
}

static void save(snd_pcm_format_t format, char *at, float value) {
  int32_t word;
  int16_t half;
  switch (format) {
  case SND_PCM_FORMAT_S16_LE:
    half = (int16_t)step(value, 32768.0);
    memcpy(at, &half, sizeof half);
    return;
  case SND_PCM_FORMAT_S24_3LE:
    word = step(value, 8388608.0);
    memcpy(at, &word, 3);
    return;
  case SND_PCM_FORMAT_S24_LE:
    // Real devices leave anything in the upper byte.
    word = (int32_t)(((uint32_t)step(value, 8388608.0) & 0xffffffu) | 0x5a000000u);
    memcpy(at, &word, sizeof word);
    return;
  case SND_PCM_FORMAT_S32_LE:
    word = step(value, 2147483648.0);
    memcpy(at, &word, sizeof word);
    return;
  default: memcpy(at, &value, sizeof value); return;
  }
}

static float heard(const card *c, uint64_t frame, unsigned channel) {
  if (c->source_frames == 0) {
    return 0;
  }
  unsigned from = channel < c->source_channels ? channel : c->source_channels - 1;
  return c->source[(frame % c->source_frames) * c->source_channels + from];
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                       snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
  card *c = io->private_data;
  if (gone(c)) {
    return -ENODEV;
  }
  // With mapped memory the same frames may be asked for twice before they are taken: the program's
  // position, not a count of transfers, says which they are.
  uint64_t first = io->appl_ptr;
  bool capture = io->stream == SND_PCM_STREAM_CAPTURE;
  bool running = atomic_load(&c->side[S_RUNNING]) != 0;
  float *row = c->row + (running ? 0 : first * io->channels);
  if (!capture && !running && first + size > io->buffer_size) {
    return -EIO;
  }
  for (unsigned k = 0; k < io->channels; k++) {
    char *at = (char *)areas[k].addr + (areas[k].first + areas[k].step * offset) / 8;
    unsigned distance = areas[k].step / 8;
    for (snd_pcm_uframes_t i = 0; i < size; i++, at += distance) {
      if (capture) {
        save(io->format, at, heard(c, c->start_frame + first + i, k));
      } else {
        row[i * io->channels + k] = load(io->format, at);
      }
    }
  }
  c->program = first + size;
  atomic_store(&c->side[S_PROGRAM], c->program);
  if (!capture && running && c->sink >= 0) {
    size_t frame = io->channels * sizeof(float);
    if (pwrite(c->sink, row, size * frame, (off_t)((c->start_frame + first) * frame)) < 0) {
      return -EIO;
    }
  }
  return (snd_pcm_sframes_t)size;
}

// When there is something to do, the timer has run out; here it is found out whether that is so,
// and if not it is set to the interrupt (the end of a period) when it will be.
static int card_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned int count,
                        unsigned short *revents) {
  card *c = io->private_data;
  (void)count;
  *revents = 0;
  if (!(fds->revents & POLLIN)) {
    return 0;
  }
  unsigned short ready = io->stream == SND_PCM_STREAM_CAPTURE ? POLLIN : POLLOUT;
  int trouble;
  advance(c, &trouble);
  if (trouble == -ENODEV) {
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
  } else if (trouble == -ESTRPIPE) {
    c->suspended = true;
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
  } else if (trouble == -EPIPE) {
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_XRUN);
  }
  if (trouble != 0) {
    *revents = ready | POLLERR;
    return 0;
  }
  uint64_t program = io->appl_ptr;
  uint64_t buffer = io->buffer_size, period = io->period_size;
  bool capture = io->stream == SND_PCM_STREAM_CAPTURE;
  // As a kernel's driver does, it knows the position at the last interrupt or the last inquiry.
  uint64_t known = c->hardware - c->hardware % period;
  known = io->hw_ptr > known ? io->hw_ptr : known;
  uint64_t available = capture ? (known > program ? known - program : 0)
                               : buffer - (program > known ? program - known : 0);
  if (available >= c->avail_min) {
    *revents = ready;
    return 0;
  }
  uint64_t soon = now() + 1000000;
  if (!atomic_load(&c->side[S_RUNNING])) {
    arm(c, now() + 5000000);
    return 0;
  }
  uint64_t wanted = capture ? program + c->avail_min : program + c->avail_min - buffer;
  wanted = (wanted + period - 1) / period * period;
  wanted = (wanted + (uint64_t)c->grain - 1) / (uint64_t)c->grain * (uint64_t)c->grain;
  double ns = (double)(c->start_frame + wanted) / frames_per_ns(c);
  uint64_t time = atomic_load(&c->block[W_EPOCH]) + (uint64_t)ceil(ns) + 1;
  // Trouble that is asked for must not wait for a card that stands still.
  arm(c, time <= now() ? soon : time > now() + 20000000 ? now() + 20000000 : time);
  return 0;
}

static int card_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay) {
  card *c = io->private_data;
  if (io->state == SND_PCM_STATE_RUNNING || io->state == SND_PCM_STATE_DRAINING) {
    // The place in the buffer was read a moment ago, with the time: this belongs to it.
    int64_t ahead = (int64_t)io->appl_ptr - (int64_t)c->hardware;
    *delay = (io->stream == SND_PCM_STREAM_CAPTURE ? -ahead : ahead) + c->latency;
  } else {
    *delay = io->stream == SND_PCM_STREAM_PLAYBACK ? (snd_pcm_sframes_t)io->appl_ptr : 0;
  }
  return 0;
}

static int card_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params) {
  card *c = io->private_data;
  (void)params;
  free(c->row);
  c->row = calloc(io->buffer_size * io->channels, sizeof(float));
  atomic_store(&c->side[S_RATE], io->rate);
  atomic_store(&c->side[S_PERIOD], io->period_size);
  atomic_store(&c->side[S_BUFFER], io->buffer_size);
  c->avail_min = io->period_size;
  return c->row ? 0 : -ENOMEM;
}

static int card_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params) {
  card *c = io->private_data;
  snd_pcm_uframes_t least = 0;
  snd_pcm_sw_params_get_avail_min(params, &least);
  c->avail_min = least > 0 ? least : io->period_size;
  return 0;
}

static void release(card *c) {
  if (c->counts) {
    atomic_fetch_sub(&c->side[S_OPEN], 1);
  }
  if (c->block) {
    munmap((void *)c->block, WORDS * 8);
  }
  if (c->source) {
    munmap((void *)c->source, c->source_bytes);
  }
  if (c->sink >= 0) {
    close(c->sink);
  }
  if (c->timer >= 0) {
    close(c->timer);
  }
  free(c->row);
  free(c);
}

static int card_close(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  end(c);
  release(c);
  return 0;
}

static const snd_pcm_ioplug_callback_t calls = {
    .start = card_start,
    .stop = card_stop,
    .pointer = card_pointer,
    .transfer = card_transfer,
    .close = card_close,
    .hw_params = card_hw_params,
    .sw_params = card_sw_params,
    .prepare = card_prepare,
    .resume = card_resume,
    .poll_revents = card_revents,
    .delay = card_delay,
};

static int map_block(card *c, const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    return -errno;
  }
  void *at = mmap(NULL, WORDS * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) {
    return -errno;
  }
  c->block = at;
  return atomic_load(&c->block[W_MAGIC]) == MAGIC ? 0 : -EINVAL;
}

static int map_source(card *c, const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return -errno;
  }
  struct stat about;
  fstat(fd, &about);
  c->source_bytes = (size_t)about.st_size;
  c->source_frames = c->source_bytes / sizeof(float) / c->source_channels;
  void *at = c->source_frames
                 ? mmap(NULL, c->source_bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0)
                 : NULL;
  close(fd);
  if (at == MAP_FAILED) {
    return -errno;
  }
  c->source = at;
  return 0;
}

enum { MOST = 32 };

static unsigned numbers(const char *text, unsigned list[MOST]) {
  unsigned count = 0;
  while (text && *text && count < MOST) {
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);
    if (rest == text) {
      break;
    }
    list[count++] = (unsigned)value;
    text = rest;
  }
  return count;
}

static unsigned formats(const char *text, unsigned list[MOST]) {
  unsigned count = 0;
  char name[32];
  while (text && count < MOST && sscanf(text, " %31s", name) == 1) {
    snd_pcm_format_t format = snd_pcm_format_value(name);
    if (format != SND_PCM_FORMAT_UNKNOWN) {
      list[count++] = (unsigned)format;
    }
    text = strstr(text, name) + strlen(name);
  }
  return count;
}

typedef struct {
  const char *control, *source, *sink, *rates, *formats, *name;
  long channels_least, channels_most, source_channels;
  long period_least, period_most, buffer_most, doubling, mapped;
  long capture_latency, playback_latency, grain;
  double capture_ppm, playback_ppm;
} options;

static int constrain(card *c, const options *o) {
  snd_pcm_ioplug_t *io = &c->io;
  unsigned list[MOST];
  unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
  int e = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, o->mapped ? 2 : 1, access);
  unsigned n = formats(o->formats, list);
  e = e < 0 ? e : snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, n, list);
  n = numbers(o->rates, list);
  e = e < 0 ? e : snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE, n, list);
  e = e < 0 ? e
            : snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS,
                                              (unsigned)o->channels_least,
                                              (unsigned)o->channels_most);
  if (o->doubling) {
    // Bytes of periods that are powers of two, as many cheap controllers want them.
    n = 0;
    for (unsigned size = 64; size <= 1u << 18 && n < MOST; size *= 2) {
      list[n++] = size;
    }
    e = e < 0 ? e : snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, n, list);
  } else {
    e = e < 0 ? e
              : snd_pcm_ioplug_set_param_minmax(
                    io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, (unsigned)o->period_least * 2,
                    (unsigned)(o->period_most * 4 * o->channels_most));
  }
  e = e < 0 ? e
            : snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 64,
                                              (unsigned)(o->buffer_most * 4 * o->channels_most));
  return e < 0 ? e : snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
}

SND_PCM_PLUGIN_DEFINE_FUNC(vcard) {
  options o = {.rates = "48000", .formats = "S16_LE", .name = "vcard", .channels_least = 1,
               .channels_most = 2, .source_channels = 1, .period_least = 16, .period_most = 8192,
               .buffer_most = 32768, .mapped = 1, .grain = 1};
  snd_config_iterator_t i, next;
  (void)root;
  snd_config_for_each(i, next, conf) {
    snd_config_t *entry = snd_config_iterator_entry(i);
    const char *id, *text = NULL;
    long number = 0;
    double real = 0;
    if (snd_config_get_id(entry, &id) < 0) {
      continue;
    }
    snd_config_get_string(entry, &text);
    snd_config_get_integer(entry, &number);
    if (snd_config_get_ireal(entry, &real) < 0) {
      real = 0;
    }
    if (!strcmp(id, "control")) o.control = text;
    else if (!strcmp(id, "source")) o.source = text;
    else if (!strcmp(id, "sink")) o.sink = text;
    else if (!strcmp(id, "rates")) o.rates = text;
    else if (!strcmp(id, "formats")) o.formats = text;
    else if (!strcmp(id, "channels_least")) o.channels_least = number;
    else if (!strcmp(id, "channels_most")) o.channels_most = number;
    else if (!strcmp(id, "source_channels")) o.source_channels = number;
    else if (!strcmp(id, "period_least")) o.period_least = number;
    else if (!strcmp(id, "period_most")) o.period_most = number;
    else if (!strcmp(id, "buffer_most")) o.buffer_most = number;
    else if (!strcmp(id, "doubling")) o.doubling = number;
    else if (!strcmp(id, "mapped")) o.mapped = number;
    else if (!strcmp(id, "grain")) o.grain = number;
    else if (!strcmp(id, "capture_latency")) o.capture_latency = number;
    else if (!strcmp(id, "playback_latency")) o.playback_latency = number;
    else if (!strcmp(id, "capture_ppm")) o.capture_ppm = real;
    else if (!strcmp(id, "playback_ppm")) o.playback_ppm = real;
  }
  if (!o.control) {
    SNDERR("a vcard wants a control file");
    return -EINVAL;
  }
  card *c = calloc(1, sizeof *c);
  if (!c) {
    return -ENOMEM;
  }
  bool capture = stream == SND_PCM_STREAM_CAPTURE;
  c->sink = c->timer = -1;
  c->ppm = capture ? o.capture_ppm : o.playback_ppm;
  c->latency = capture ? o.capture_latency : o.playback_latency;
  c->grain = o.grain > 0 ? o.grain : 1;
  c->source_channels = (unsigned)o.source_channels;
  int e = map_block(c, o.control);
  if (e == 0) {
    c->side = c->block + (capture ? SIDE : 2 * SIDE);
    e = gone(c) ? -ENODEV : atomic_load(&c->block[W_BUSY]) ? -EBUSY : 0;
  }
  if (e == 0 && capture && o.source) {
    e = map_source(c, o.source);
  }
  if (e == 0 && !capture && o.sink) {
    c->sink = open(o.sink, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    e = c->sink < 0 ? -errno : 0;
  }
  if (e == 0) {
    c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    e = c->timer < 0 ? -errno : 0;
  }
  if (e < 0) {
    release(c);
    return e;
  }
  atomic_fetch_add(&c->side[S_OPENS], 1);
  atomic_fetch_add(&c->side[S_OPEN], 1);
  c->counts = true;
  c->io.version = SND_PCM_IOPLUG_VERSION;
  c->io.name = "Virtual card";
  c->io.callback = &calls;
  c->io.private_data = c;
  c->io.poll_fd = c->timer;
  c->io.poll_events = POLLIN;
  e = snd_pcm_ioplug_create(&c->io, name, stream, mode);
  if (e < 0) {
    release(c);
    return e;
  }
  e = constrain(c, &o);
  if (e < 0) {
    // This calls close, which frees.
    snd_pcm_ioplug_delete(&c->io);
    return e;
  }
  *pcmp = c->io.pcm;
  return 0;
}
SND_PCM_PLUGIN_SYMBOL(vcard);
