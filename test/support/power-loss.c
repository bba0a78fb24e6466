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

#include "power-loss-state.h"

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
