in vec2 corner;
out vec3 ray;
void main() {
    ray = forward.xyz + right.xyz * right.w * corner.x + up.xyz * up.w * corner.y;
    gl_Position = vec4(corner, 1.0, 1.0);
}
