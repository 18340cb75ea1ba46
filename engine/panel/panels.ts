import type { DisplayOptions } from '../../contract/config.ts';
import type { Geometry } from '../../format/frame.ts';
import { gc9a01 } from './gc9a01.ts';
import { ili9341 } from './ili9341.ts';
import { ili9488 } from './ili9488.ts';
import type { PanelDefinition } from './panel-definition.ts';
import { st7735 } from './st7735.ts';
import { st7789 } from './st7789.ts';

/** Every panel LOOP drives, by the name the options use. */
export const panels: Readonly<Record<DisplayOptions['panel'], PanelDefinition>> = {
  ili9341,
  st7789,
  st7735,
  ili9488,
  gc9a01,
};

/** Width and height of a display as a person sees it, rotation applied. */
export function panelGeometry({ panel, rotation }: Pick<DisplayOptions, 'panel' | 'rotation'>): Geometry {
  const { width, height } = panels[panel].size;
  return rotation === 90 || rotation === 270 ? { width: height, height: width } : { width, height };
}
