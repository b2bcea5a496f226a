// Outlines on a grid of 24 by 24, drawn with a stroke of 2.
export const ICONS = {
  layers: "M12 4 3 9l9 5 9-5zM4 13.5l8 4.5 8-4.5",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  north: "M12 3 7 20l5-4 5 4z",
  home: "M4 11.5 12 4l8 7.5M6.5 9.5V20h11V9.5",
  locate: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v4M12 18v4M2 12h4M18 12h4",
  chevron: "M9 5l7 7-7 7",
  link: "M10 14a4 4 0 0 0 6 .5l3-3A4.2 4.2 0 0 0 13 5.5l-1.5 1.5M14 10a4 4 0 0 0-6-.5l-3 3A4.2 4.2 0 0 0 11 18.5l1.5-1.5",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5",
  settings: "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h9M17 17h3M15 15v4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  error: "M12 4 2.5 20h19zM12 10v4.5M12 17.2v.3",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 7.8v.2",
  day: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  pale: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 3v18M12 8h7.8M12 12h9M12 16h7.8",
  night: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5",
} as const;

export type IconName = keyof typeof ICONS;
