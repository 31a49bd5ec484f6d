// CAIRN_EXPORT marks what users of the shared library may call. Every other symbol is hidden.
#ifndef CAIRN_CORE_EXPORT_H_
#define CAIRN_CORE_EXPORT_H_

#define CAIRN_EXPORT [[gnu::visibility("default")]]

#endif  // CAIRN_CORE_EXPORT_H_
