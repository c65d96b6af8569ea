#include <linux/pci.h>

#include "nv.h"

int nv_enable(struct pci_dev *device)
{
#ifdef NV_STRANGE_KERNEL
	return pci_enable_device();
#else
	return pci_enable_device(device);
#endif
}
