/* pace: an HTTP/1.1 client for measuring, one thread on epoll, cheap enough to share a core with the origin.
 *
 *   pace --rate R --connections N --seconds S [--warm S] ADDRESS PORT PATH
 *       Open loop: request i is due at start + i/R, whatever happened to the ones before it, and its latency
 *       counts from then. A request that found no free connection has waited, and that wait is counted.
 *   pace --new-connections --connections N --seconds S [--warm S] ADDRESS PORT PATH
 *       Closed loop, N at a time, a connection for each request; latency includes the connect.
 *   pace --hold --connections N ADDRESS PORT PATH
 *       Sends one request on each of N connections, prints the result line when all are answered, then keeps
 *       them open until stdin ends.
 *
 * Prints one line of JSON. `requests` counts every answer, warm-up included (what the CPU was spent on);
 * `unfinished` counts what was due and had no answer at the end; `perSecond` and the percentiles (microseconds,
 * exact) leave the warm-up out. An answer must be 200 and carry Content-Length. Exit 2: wrong arguments.
 * Build: cc -O2 -o pace pace.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
/* A request without a complete answer for so long has failed. */
#define TIMEOUT (5 * SECOND)
/* Longest sleep of the loop. */
#define TICK (SECOND / 50)
#define HEAD_LIMIT 8192

typedef uint64_t nanoseconds;
enum mode { OPEN_LOOP, NEW_CONNECTIONS, HOLD };
enum state { FREE, CONNECTING, WAITING_FOR_HEAD, READING_BODY };

struct connection {
  int fd; /* -1: not connected */
  enum state state;
  nanoseconds due, begun;
  size_t head_length;
  long long body_left;
  char head[HEAD_LIMIT];
};

static enum mode mode = OPEN_LOOP;
static double rate = 1000, seconds = 1, warm = 0;
static int connection_count = 1;
static struct sockaddr_in server;
static char request[2048];
static size_t request_length;

static int poller;
static struct connection *connections;
/* A ring, so that all connections take their turn as those of many clients would. */
static struct connection **free_ring;
static int free_first, free_count;

static nanoseconds measured_from, measured_until;
static uint64_t answered, failed, answered_in_time;
/* Of the open loop: requests that fall due in all, and those begun. */
static uint64_t planned, sent;
static nanoseconds *latencies;
static size_t latency_count, latency_room;

static nanoseconds now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (nanoseconds)time.tv_sec * SECOND + (nanoseconds)time.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "pace: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* --- results --- */

static void record(nanoseconds latency) {
  if (latency_count == latency_room) {
    latency_room = latency_room ? latency_room * 2 : 65536;
    latencies = realloc(latencies, latency_room * sizeof *latencies);
    if (!latencies) die("no memory for latencies");
  }
  latencies[latency_count++] = latency;
}

static int by_size(const void *a, const void *b) {
  nanoseconds x = *(const nanoseconds *)a, y = *(const nanoseconds *)b;
  return (x > y) - (x < y);
}

static double percentile_us(double share) {
  if (!latency_count) return 0;
  size_t rank = (size_t)(share * (double)latency_count);
  if (rank >= latency_count) rank = latency_count - 1;
  return (double)latencies[rank] / 1000;
}

static void print_result(void) {
  if (latency_count) qsort(latencies, latency_count, sizeof *latencies, by_size);
  printf("{\"requests\":%llu,\"failed\":%llu,\"unfinished\":%llu,\"perSecond\":%.1f,"
         "\"p50Us\":%.1f,\"p90Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f,\"maxUs\":%.1f}\n",
         (unsigned long long)answered, (unsigned long long)failed,
         (unsigned long long)(connection_count - free_count) + (unsigned long long)(planned - sent),
         (double)answered_in_time / seconds, percentile_us(0.5), percentile_us(0.9), percentile_us(0.99),
         percentile_us(0.999), percentile_us(1));
  fflush(stdout);
}

/* --- one connection --- */

static void disconnect(struct connection *connection) {
  if (connection->fd >= 0) close(connection->fd);
  connection->fd = -1;
}

static void release(struct connection *connection) {
  connection->state = FREE;
  free_ring[(free_first + free_count++) % connection_count] = connection;
}

static void fail(struct connection *connection) {
  disconnect(connection);
  /* A server may close a connection that waits for its next request: no request is lost by that. */
  if (connection->state == FREE) return;
  failed++;
  release(connection);
}

static void succeed(struct connection *connection) {
  nanoseconds time = now();
  answered++;
  if (connection->due >= measured_from && connection->due < measured_until) {
    record(time - connection->due);
    if (time <= measured_until) answered_in_time++;
  }
  if (mode == NEW_CONNECTIONS) disconnect(connection);
  release(connection);
}

static void send_request(struct connection *connection) {
  connection->state = WAITING_FOR_HEAD;
  connection->head_length = 0;
  /* A few dozen bytes on a connection with nothing under way: the socket's buffer takes them whole. */
  if (send(connection->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) fail(connection);
}

static void begin(nanoseconds due) {
  struct connection *connection = free_ring[free_first];
  free_first = (free_first + 1) % connection_count;
  free_count--;
  connection->due = due;
  connection->begun = now();
  if (connection->fd >= 0) {
    send_request(connection);
    return;
  }
  connection->state = CONNECTING;
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection->fd < 0) die("socket");
  int on = 1;
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->fd, &event)) die("epoll_ctl");
  if (connect(connection->fd, (struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS) fail(connection);
}

/* Takes bytes of the head; returns how many of them belonged to it, or -1 where the answer is not a good one. */
static ssize_t take_head(struct connection *connection, const char *bytes, size_t length) {
  size_t room = HEAD_LIMIT - 1 - connection->head_length, before = connection->head_length;
  size_t taken = length < room ? length : room;
  memcpy(connection->head + before, bytes, taken);
  connection->head_length += taken;
  connection->head[connection->head_length] = 0;
  char *end = strstr(connection->head, "\r\n\r\n");
  if (!end) return taken < length ? -1 : (ssize_t)taken;
  end[2] = 0;
  char *field = strcasestr(connection->head, "\r\ncontent-length:");
  if (strncmp(connection->head, "HTTP/1.1 200", 12) || !field) return -1;
  connection->body_left = atoll(field + strlen("\r\ncontent-length:"));
  connection->state = READING_BODY;
  return (ssize_t)((size_t)(end + 4 - connection->head) - before);
}

static void receive(struct connection *connection) {
  static char buffer[262144];
  for (;;) {
    ssize_t length = recv(connection->fd, buffer, sizeof buffer, 0);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0 || connection->state == FREE) {
      fail(connection);
      return;
    }
    ssize_t used = 0;
    if (connection->state == WAITING_FOR_HEAD) {
      used = take_head(connection, buffer, (size_t)length);
      if (used < 0) {
        fail(connection);
        return;
      }
      if (connection->state == WAITING_FOR_HEAD) continue;
    }
    connection->body_left -= length - used;
    if (connection->body_left < 0) {
      fail(connection);
      return;
    }
    if (connection->body_left == 0) {
      succeed(connection);
      if (connection->fd < 0) return;
    }
  }
}

static void handle(struct connection *connection, uint32_t events) {
  if (connection->fd < 0) return;
  if (connection->state == CONNECTING) {
    if (events & (EPOLLERR | EPOLLHUP)) {
      fail(connection);
      return;
    }
    if (!(events & EPOLLOUT)) return;
    send_request(connection);
    if (connection->fd < 0) return;
  }
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) receive(connection);
}

static void fail_overdue(void) {
  nanoseconds time = now();
  for (int i = 0; i < connection_count; i++) {
    struct connection *connection = &connections[i];
    if (connection->state != FREE && time - connection->begun > TIMEOUT) fail(connection);
  }
}

/* --- the loop --- */

static void poll_for(nanoseconds wait) {
  struct timespec timeout = {.tv_sec = (time_t)(wait / SECOND), .tv_nsec = (long)(wait % SECOND)};
  struct epoll_event events[256];
  int count = epoll_pwait2(poller, events, 256, &timeout, NULL);
  for (int i = 0; i < count; i++) handle(events[i].data.ptr, events[i].events);
}

/* Counted first: a connect that fails at once gives its connection back, and must not spin here. */
static void begin_on_all_free(void) {
  for (int count = free_count; count; count--) begin(now());
}

/* Begins requests that are due and returns how long to wait for the next one. */
static nanoseconds begin_due(nanoseconds start) {
  while (sent < planned) {
    nanoseconds due = start + (nanoseconds)((double)sent / rate * (double)SECOND), time = now();
    if (due > time) return due - time < TICK ? due - time : TICK;
    if (!free_count) return TICK;
    sent++;
    begin(due);
  }
  return TICK;
}

static void run_loop(void) {
  nanoseconds start = now(), swept = start;
  measured_from = start + (nanoseconds)(warm * (double)SECOND);
  measured_until = measured_from + (nanoseconds)(seconds * (double)SECOND);
  if (mode == OPEN_LOOP) planned = (uint64_t)((warm + seconds) * rate);
  for (;;) {
    nanoseconds time = now();
    bool is_over = time >= measured_until;
    /* What is late at the end gets a second more: cutting it off would hide the slowest answers. */
    if (is_over && ((free_count == connection_count && sent == planned) || time >= measured_until + SECOND)) break;
    if (mode == NEW_CONNECTIONS && !is_over) begin_on_all_free();
    poll_for(mode == OPEN_LOOP ? begin_due(start) : TICK);
    if (time - swept > SECOND / 5) {
      swept = time;
      fail_overdue();
    }
  }
  print_result();
}

static void hold(void) {
  measured_from = now();
  measured_until = measured_from + 60 * SECOND;
  begin_on_all_free();
  while (free_count < connection_count) {
    poll_for(TICK);
    fail_overdue();
  }
  print_result();
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
}

static void usage(void) {
  fprintf(stderr, "usage: pace [--rate R | --new-connections | --hold] --connections N --seconds S [--warm S] "
                  "ADDRESS PORT PATH\n");
  exit(2);
}

int main(int argument_count, char **arguments) {
  static const struct option options[] = {
      {"rate", required_argument, NULL, 'r'},    {"connections", required_argument, NULL, 'c'},
      {"seconds", required_argument, NULL, 's'}, {"warm", required_argument, NULL, 'w'},
      {"hold", no_argument, NULL, 'h'},          {"new-connections", no_argument, NULL, 'n'},
      {0},
  };
  for (int option; (option = getopt_long(argument_count, arguments, "", options, NULL)) != -1;) {
    switch (option) {
      case 'r': rate = atof(optarg); break;
      case 'c': connection_count = atoi(optarg); break;
      case 's': seconds = atof(optarg); break;
      case 'w': warm = atof(optarg); break;
      case 'h': mode = HOLD; break;
      case 'n': mode = NEW_CONNECTIONS; break;
      default: usage();
    }
  }
  if (argument_count - optind != 3 || connection_count < 1 || rate <= 0 || seconds <= 0) usage();
  server.sin_family = AF_INET;
  server.sin_port = htons((uint16_t)atoi(arguments[optind + 1]));
  if (inet_pton(AF_INET, arguments[optind], &server.sin_addr) != 1) usage();
  request_length = (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench.local\r\n%s\r\n",
                                    arguments[optind + 2], mode == NEW_CONNECTIONS ? "Connection: close\r\n" : "");
  if (request_length >= sizeof request) usage();

  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files)) die("getrlimit");
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files)) die("setrlimit");
  prctl(PR_SET_TIMERSLACK, 1); /* the default of 50 us would be added to every due time */
  poller = epoll_create1(EPOLL_CLOEXEC);
  connections = calloc((size_t)connection_count, sizeof *connections);
  free_ring = calloc((size_t)connection_count, sizeof *free_ring);
  if (poller < 0 || !connections || !free_ring) die("start");
  for (int i = 0; i < connection_count; i++) {
    connections[i].fd = -1;
    release(&connections[i]);
  }
  if (mode == HOLD) hold();
  else run_loop();
  return 0;
}
