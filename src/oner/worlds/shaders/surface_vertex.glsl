in vec3 position;
in vec3 normal;
in vec4 paint;       // sRGB colour
#if PARTS
in float part;
layout(std140) uniform Parts { mat4 parts[256]; };
#endif
out vec3 at;
out vec3 n;
out vec3 colour;
#if PARTS
out vec3 grain_at;
#endif

void main() {
    vec3 p = position, m = normal;
#if PARTS
    grain_at = p;
    mat4 part_matrix = parts[int(part)];
    p = (part_matrix * vec4(p, 1.0)).xyz;
    m = mat3(part_matrix) * m;
#elif KIND == LEAF
    float gust = sin(eye.w * 1.7 + p.x * 0.35 + p.z * 0.23) + 0.5 * sin(eye.w * 4.1 + p.x * 1.9 + p.y * 2.3);
    float reach = clamp((p.y - 0.05) * 0.5, 0.0, 1.0) * weather.z;
    p.xz += vec2(0.05, 0.03) * gust * reach;
#elif KIND == WATER
    p.y += weather.z * 0.10 * (sin(p.x * 0.31 + eye.w * 1.1) + sin(p.z * 0.27 - eye.w * 0.9 + p.x * 0.11));
#endif
    at = p;
    n = m;
    colour = paint.rgb * (paint.rgb * (paint.rgb * 0.305306011 + 0.682171111) + 0.012522878);  // sRGB to linear
    gl_ClipDistance[0] = p.y - tone.z;  // counts in the mirror's picture only
    gl_Position = view_projection * vec4(p, 1.0);
}
