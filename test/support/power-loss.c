/*
 * power-loss FOLDER: a file system in memory, mounted at FOLDER, that loses what was not synced.
 *
 * It keeps two states. The current one is what programs see. The durable one is what a power cut leaves: the content of a
 * file as of its last fsync, and the names of a folder as of its last fsync. fsync of a file does not make its name
 * durable, and fsync of a folder does not make the content of its files durable. rename is atomic: it is lost or done.
 *
 * It writes "mounted" to standard output when it is mounted. After FOLDER is unmounted it reads one line from standard
 * input, what survives and a seed, and is mounted again with what the power cut left:
 *   none SEED     nothing that was not synced
 *   names SEED    every name, but no content: new files are empty, as on a disk that writes its journal first
 *   some SEED     the names up to some moment, and of the writes some, whichever
 * It ends with its input. One thread; compiled by power-loss-disk.ts.
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <errno.h>
#include <fuse3/fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A change of a file since its last fsync: `old` undoes it, `data` does it again. */
struct change {
  struct change *next; /* the one before it */
  size_t offset, length, old_length, old_size, new_size;
  char *old, *data;
};

struct entry {
  struct entry *next;
  struct inode *inode;
  char name[];
};

struct inode {
  struct inode *all; /* every inode there is */
  mode_t mode;
  uid_t uid;
  gid_t gid;
  ino_t number;
  struct timespec changed;
  bool marked;
  char *data; /* files */
  size_t size, capacity;
  struct change *changes;           /* the latest first */
  struct entry *entries, *durable; /* folders */
};

/* A name of a folder is set to an inode, or to none. */
struct setting {
  struct inode *folder, *inode;
  char *name; /* NULL: superseded */
};

/* One operation on names: rename sets two at once. */
struct operation {
  struct operation *next;
  struct setting settings[2];
};

static struct inode *root, *inodes;
static struct operation *operations; /* those that are not durable, the first first */
static ino_t last_number;

static void *need(void *memory) {
  if (memory == NULL) abort();
  return memory;
}

/* Names */

static struct entry **find(struct entry **list, const char *name) {
  while (*list != NULL && strcmp((*list)->name, name) != 0) list = &(*list)->next;
  return list;
}

static void set(struct entry **list, const char *name, struct inode *inode) {
  struct entry **at = find(list, name);
  if (*at != NULL) {
    struct entry *gone = *at;
    *at = gone->next;
    free(gone);
  }
  if (inode == NULL) return;
  struct entry *made = need(malloc(sizeof *made + strlen(name) + 1));
  made->inode = inode;
  strcpy(made->name, name);
  made->next = *list;
  *list = made;
}

static void supersede(struct operation *until, struct inode *folder, const char *name) {
  for (struct operation *each = operations; each != until; each = each->next)
    for (int i = 0; i < 2; i++) {
      struct setting *one = &each->settings[i];
      if (one->name == NULL || one->folder != folder || strcmp(one->name, name) != 0) continue;
      free(one->name);
      one->name = NULL;
    }
}

/* Makes one operation durable. What came before it on the same names is out of date. */
static void make_durable(struct operation *operation) {
  for (int i = 0; i < 2; i++) {
    struct setting *one = &operation->settings[i];
    if (one->name == NULL) continue;
    supersede(operation, one->folder, one->name);
    set(&one->folder->durable, one->name, one->inode);
    free(one->name);
    one->name = NULL;
  }
}

static void sync_names(struct inode *folder) {
  struct operation **at = &operations;
  while (*at != NULL) {
    struct operation *each = *at;
    bool touches = false;
    for (int i = 0; i < 2; i++) touches |= each->settings[i].name != NULL && each->settings[i].folder == folder;
    if (touches) make_durable(each);
    if (each->settings[0].name != NULL || each->settings[1].name != NULL) {
      at = &each->next;
    } else {
      *at = each->next;
      free(each);
    }
  }
}

static void operate(struct inode *folder, const char *name, struct inode *inode, struct inode *folder2,
                    const char *name2, struct inode *inode2) {
  struct operation *made = need(calloc(1, sizeof *made));
  made->settings[0] = (struct setting){folder, inode, need(strdup(name))};
  set(&folder->entries, name, inode);
  if (folder2 != NULL) {
    made->settings[1] = (struct setting){folder2, inode2, need(strdup(name2))};
    set(&folder2->entries, name2, inode2);
  }
  struct operation **end = &operations;
  while (*end != NULL) end = &(*end)->next;
  *end = made;
}

static struct inode *make(mode_t mode) {
  struct inode *made = need(calloc(1, sizeof *made));
  made->mode = mode;
  made->uid = getuid();
  made->gid = getgid();
  made->number = ++last_number;
  clock_gettime(CLOCK_REALTIME, &made->changed);
  made->all = inodes;
  return inodes = made;
}

/* The folder a path lies in, and its last name; NULL where there is no such folder. */
static struct inode *above(const char *path, const char **name) {
  struct inode *at = root;
  for (;;) {
    while (*path == '/') path++;
    const char *end = strchrnul(path, '/');
    if (*end == '\0') {
      *name = path;
      return at;
    }
    char part[256];
    if (end - path > 255) return NULL;
    *(char *)mempcpy(part, path, end - path) = '\0';
    struct entry *found = *find(&at->entries, part);
    if (found == NULL || !S_ISDIR(found->inode->mode)) return NULL;
    at = found->inode;
    path = end;
  }
}

static struct inode *lookup(const char *path) {
  const char *name;
  struct inode *folder = above(path, &name);
  if (folder == NULL || *name == '\0') return folder;
  struct entry *found = *find(&folder->entries, name);
  return found ? found->inode : NULL;
}

static struct inode *inode_of(const char *path, struct fuse_file_info *file) {
  return file != NULL && file->fh != 0 ? (struct inode *)(uintptr_t)file->fh : lookup(path);
}

/* Content */

static void resize(struct inode *file, size_t size) {
  if (size > file->capacity) {
    file->capacity = size * 3 / 2 + 4096;
    file->data = need(realloc(file->data, file->capacity));
  }
  if (size > file->size) memset(file->data + file->size, 0, size - file->size);
  file->size = size;
}

/* Notes what a write of `length` bytes at `offset`, or a truncation to `size`, is about to change. */
static struct change *note(struct inode *file, size_t offset, size_t length, size_t size) {
  struct change *made = need(calloc(1, sizeof *made));
  made->offset = offset;
  made->length = length;
  made->old_size = file->size;
  made->new_size = size;
  size_t kept_until = length > 0 ? offset + length : file->size;
  if (kept_until > file->size) kept_until = file->size;
  if (kept_until > offset) {
    made->old_length = kept_until - offset;
    made->old = need(malloc(made->old_length));
    memcpy(made->old, file->data + offset, made->old_length);
  }
  made->next = file->changes;
  file->changes = made;
  clock_gettime(CLOCK_REALTIME, &file->changed);
  return made;
}

static void put(struct inode *file, size_t offset, const char *data, size_t length) {
  if (offset + length > file->size) resize(file, offset + length);
  memcpy(file->data + offset, data, length);
}

static void forget(struct inode *file) {
  while (file->changes != NULL) {
    struct change *each = file->changes;
    file->changes = each->next;
    free(each->old);
    free(each->data);
    free(each);
  }
}

/* Takes back every change since the last fsync, then does each again that the power cut spares. */
static void lose_content(struct inode *file, bool some) {
  struct change *forward = NULL;
  while (file->changes != NULL) {
    struct change *each = file->changes;
    file->changes = each->next;
    if (each->old_length > 0) {
      if (file->size < each->offset) resize(file, each->offset);
      put(file, each->offset, each->old, each->old_length);
    }
    resize(file, each->old_size);
    each->next = forward;
    forward = each;
  }
  for (struct change *each = forward; each != NULL; each = each->next) {
    if (!some || random() % 2 == 0) continue;
    if (each->length > 0) put(file, each->offset, each->data, each->length);
    else resize(file, each->new_size);
  }
  file->changes = forward;
  forget(file);
}

/* The power cut */

static void copy_names(struct inode *folder) {
  while (folder->entries != NULL) set(&folder->entries, folder->entries->name, NULL);
  for (struct entry *each = folder->durable; each != NULL; each = each->next)
    set(&folder->entries, each->name, each->inode);
}

static void mark(struct inode *inode) {
  if (inode->marked) return;
  inode->marked = true;
  for (struct entry *each = inode->entries; each != NULL; each = each->next) mark(each->inode);
}

static void discard_unreachable(void) {
  mark(root);
  struct inode **at = &inodes;
  while (*at != NULL) {
    struct inode *each = *at;
    if (each->marked) {
      each->marked = false;
      at = &each->all;
      continue;
    }
    *at = each->all;
    while (each->entries != NULL) set(&each->entries, each->entries->name, NULL);
    while (each->durable != NULL) set(&each->durable, each->durable->name, NULL);
    free(each->data);
    free(each);
  }
}

static void lose_power(bool names, bool some) {
  long count = 0;
  for (struct operation *each = operations; each != NULL; each = each->next) count++;
  long spared = names ? count : some ? random() % (count + 1) : 0;
  while (operations != NULL) {
    struct operation *first = operations;
    if (spared-- > 0) make_durable(first);
    operations = first->next;
    free(first->settings[0].name);
    free(first->settings[1].name);
    free(first);
  }
  for (struct inode *each = inodes; each != NULL; each = each->all) {
    if (S_ISDIR(each->mode)) copy_names(each);
    else lose_content(each, some);
  }
  discard_unreachable();
}

/* What FUSE asks */

static int do_getattr(const char *path, struct stat *stat, struct fuse_file_info *file) {
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  memset(stat, 0, sizeof *stat);
  stat->st_ino = inode->number;
  stat->st_mode = inode->mode;
  stat->st_nlink = 1;
  stat->st_uid = inode->uid;
  stat->st_gid = inode->gid;
  stat->st_size = inode->size;
  stat->st_blocks = (inode->size + 511) / 512;
  stat->st_mtim = stat->st_ctim = stat->st_atim = inode->changed;
  return 0;
}

static int add(const char *path, mode_t mode, struct inode **made) {
  const char *name;
  struct inode *folder = above(path, &name);
  if (folder == NULL) return -ENOENT;
  if (*find(&folder->entries, name) != NULL) return -EEXIST;
  *made = make(mode);
  (*made)->uid = fuse_get_context()->uid;
  (*made)->gid = fuse_get_context()->gid;
  operate(folder, name, *made, NULL, NULL, NULL);
  return 0;
}

static int do_mkdir(const char *path, mode_t mode) {
  struct inode *made;
  return add(path, S_IFDIR | mode, &made);
}

static int do_create(const char *path, mode_t mode, struct fuse_file_info *file) {
  struct inode *made;
  int failed = add(path, S_IFREG | (mode & 07777), &made);
  if (failed == 0) file->fh = (uintptr_t)made;
  return failed;
}

static int do_open(const char *path, struct fuse_file_info *file) {
  struct inode *inode = lookup(path);
  if (inode == NULL) return -ENOENT;
  file->fh = (uintptr_t)inode;
  return 0;
}

static int take(const char *path) {
  const char *name;
  struct inode *folder = above(path, &name);
  struct entry *found = folder ? *find(&folder->entries, name) : NULL;
  if (found == NULL) return -ENOENT;
  if (found->inode->entries != NULL) return -ENOTEMPTY;
  operate(folder, name, NULL, NULL, NULL, NULL);
  return 0;
}

static int do_rename(const char *from, const char *to, unsigned flags) {
  const char *name, *new_name;
  struct inode *folder = above(from, &name), *new_folder = above(to, &new_name);
  struct entry *found = folder ? *find(&folder->entries, name) : NULL;
  if (found == NULL || new_folder == NULL) return -ENOENT;
  struct entry *replaced = *find(&new_folder->entries, new_name);
  if (flags != 0) return -EINVAL;
  if (replaced != NULL && replaced->inode->entries != NULL) return -ENOTEMPTY;
  if (replaced == found) return 0;
  struct inode *inode = found->inode;
  operate(folder, name, NULL, new_folder, new_name, inode);
  return 0;
}

static int do_read(const char *path, char *into, size_t length, off_t offset, struct fuse_file_info *file) {
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  if ((size_t)offset >= inode->size) return 0;
  if (length > inode->size - offset) length = inode->size - offset;
  memcpy(into, inode->data + offset, length);
  return (int)length;
}

static int do_write(const char *path, const char *data, size_t length, off_t offset, struct fuse_file_info *file) {
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  if (length == 0) return 0;
  struct change *change = note(inode, offset, length, 0);
  change->data = need(malloc(length));
  memcpy(change->data, data, length);
  put(inode, offset, data, length);
  return (int)length;
}

static int do_truncate(const char *path, off_t size, struct fuse_file_info *file) {
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  note(inode, size, 0, size);
  resize(inode, size);
  return 0;
}

static int do_fsync(const char *path, int only_data, struct fuse_file_info *file) {
  (void)only_data;
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  forget(inode);
  return 0;
}

static int do_fsyncdir(const char *path, int only_data, struct fuse_file_info *file) {
  (void)only_data;
  struct inode *folder = inode_of(path, file);
  if (folder == NULL) return -ENOENT;
  sync_names(folder);
  return 0;
}

static int do_readdir(const char *path, void *into, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
                      enum fuse_readdir_flags flags) {
  (void)offset, (void)flags;
  struct inode *folder = inode_of(path, file);
  if (folder == NULL) return -ENOENT;
  fill(into, ".", NULL, 0, 0);
  fill(into, "..", NULL, 0, 0);
  for (struct entry *each = folder->entries; each != NULL; each = each->next) fill(into, each->name, NULL, 0, 0);
  return 0;
}

/* Mode, owner and times are kept at once: nothing here is about them. */
static int do_chmod(const char *path, mode_t mode, struct fuse_file_info *file) {
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
  return 0;
}

static int do_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *file) {
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  if (uid != (uid_t)-1) inode->uid = uid;
  if (gid != (gid_t)-1) inode->gid = gid;
  return 0;
}

static int do_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *file) {
  struct inode *inode = inode_of(path, file);
  if (inode == NULL) return -ENOENT;
  if (times[1].tv_nsec == UTIME_NOW) clock_gettime(CLOCK_REALTIME, &inode->changed);
  else if (times[1].tv_nsec != UTIME_OMIT) inode->changed = times[1];
  return 0;
}

static void *do_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->use_ino = 1;
  config->nullpath_ok = 1;
  config->hard_remove = 1; /* an open file goes on without a name */
  puts("mounted");
  fflush(stdout);
  return NULL;
}

static const struct fuse_operations operations_table = {
    .init = do_init,       .getattr = do_getattr,   .mkdir = do_mkdir,     .create = do_create,
    .open = do_open,       .opendir = do_open,    .unlink = take,          .rmdir = take,         .rename = do_rename,
    .read = do_read,       .write = do_write,       .truncate = do_truncate, .fsync = do_fsync,
    .fsyncdir = do_fsyncdir, .readdir = do_readdir, .chmod = do_chmod,     .chown = do_chown,
    .utimens = do_utimens,
};

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: power-loss FOLDER\n", stderr);
    return 2;
  }
  root = make(S_IFDIR | 0700);
  char *arguments[] = {argv[0], "-f", "-s", "-o", "fsname=power-loss", argv[1]};
  for (;;) {
    int failed = fuse_main(6, arguments, &operations_table, NULL);
    if (failed != 0) return failed;
    char what[16];
    unsigned seed;
    if (scanf("%15s %u", what, &seed) != 2) return 0;
    srandom(seed);
    lose_power(strcmp(what, "names") == 0, strcmp(what, "some") == 0);
  }
}
