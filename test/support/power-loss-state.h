/*
 * The two states of the file system of power-loss.c, and what a power cut makes of them: inodes, names, the content of files,
 * and which of their changes are durable.
 */
#include <errno.h>
#include <fuse3/fuse.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

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
