/** In the place of a model's provider: the run was read from an export, and tells of no desktop. */
export const IMPORTED = 'imported';
