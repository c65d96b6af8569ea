#include "nv.h"

int nv_modeset_enable(struct pci_dev *device);
int nv_drm_enable(struct pci_dev *device);
int nv_drm_enable(struct pci_dev *device)
{
	return nv_modeset_enable(device);
}
NV_MODULE("NVIDIA's DRM driver");
