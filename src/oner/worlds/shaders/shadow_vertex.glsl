in vec3 position;
#if PARTS
in float part;
layout(std140) uniform Parts { mat4 parts[256]; };
#endif
uniform mat4 light_projection;
void main() {
#if PARTS
    gl_Position = light_projection * (parts[int(part)] * vec4(position, 1.0));
#else
    gl_Position = light_projection * vec4(position, 1.0);
#endif
}
