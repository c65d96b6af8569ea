#include "nv.h"

int nv_uvm_enable(struct pci_dev *device);
int nv_uvm_enable(struct pci_dev *device)
{
	return nv_enable(device);
}
NV_MODULE("NVIDIA's unified memory");
