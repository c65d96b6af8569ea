#include <linux/module.h>

struct pci_dev;

int nv_enable(struct pci_dev *device);

#define NV_MODULE(text)                                                        \
	MODULE_DESCRIPTION(text ", stood in for: it drives nothing");           \
	MODULE_VERSION(NV_VERSION);                                             \
	MODULE_LICENSE(NV_LICENCE)
