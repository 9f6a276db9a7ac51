export const SET_UP_TABS = ['products', 'connectors', 'operators', 'keys'] as const;
export type SetUpTab = (typeof SET_UP_TABS)[number];
