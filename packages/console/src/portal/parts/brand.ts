import type { PortalOverviewView } from '@tenantry/contract';

/** The client's colour on buttons and links, as the server has made it readable on light and on dark ground. */
export function wearBrand({ brand }: PortalOverviewView): void {
  const { style } = document.documentElement;
  const { schemes } = brand;
  if (schemes === null) return;
  style.setProperty('--press-light', schemes.light.press);
  style.setProperty('--on-press-light', schemes.light.on_press);
  style.setProperty('--press-dark', schemes.dark.press);
  style.setProperty('--on-press-dark', schemes.dark.on_press);
}
