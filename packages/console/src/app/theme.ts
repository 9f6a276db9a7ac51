import { Button, createTheme, Drawer, type MantineColorsTuple, Modal } from '@mantine/core';

/** Shade 7 on white and shade 3 on dark have a contrast of 4.5 to 1 and more. */
const blue: MantineColorsTuple = [
  '#eaf2fc',
  '#d3e3f7',
  '#a7c6ee',
  '#8ab6ea',
  '#5390d8',
  '#3b7fcd',
  '#2b6fbe',
  '#1f5fae',
  '#174d90',
  '#103a6e',
];

export const theme = createTheme({
  colors: { blue },
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, centered: true } }),
    Drawer: Drawer.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, position: 'right' } }),
    // A `header` outside `main` would be a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    DrawerHeader: { defaultProps: { role: 'presentation' } },
    Button: Button.extend({ defaultProps: { loaderProps: { type: 'dots' } } }),
  },
});
