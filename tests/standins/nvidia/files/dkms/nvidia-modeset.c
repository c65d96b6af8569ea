#include "nv.h"

int nv_modeset_enable(struct pci_dev *device);
int nv_modeset_enable(struct pci_dev *device)
{
	return nv_enable(device);
}
EXPORT_SYMBOL(nv_modeset_enable);
NV_MODULE("NVIDIA's mode setting");
