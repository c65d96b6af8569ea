#include "nv.h"

EXPORT_SYMBOL(nv_enable);
MODULE_FIRMWARE("nvidia/" NV_VERSION "/gsp_ga10x.bin");
NV_MODULE("NVIDIA's driver");
