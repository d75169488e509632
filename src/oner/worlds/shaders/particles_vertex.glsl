in vec2 corner;
in vec4 luck;        // four random numbers of this particle, 0..1
uniform vec4 box;    // half extents of the space around the camera, w: seconds of shutter
uniform vec4 fall;   // velocity, w: how much it wanders
uniform vec4 shape;  // half size in metres, spread of sizes, ahead of the camera, brightness
uniform vec4 tint;
uniform vec4 second_tint;
uniform float floor_height;
out vec2 spot;
out vec4 shade;

void main() {
    float t = eye.w;
    vec3 wander = vec3(sin(t * (0.5 + luck.x) + luck.y * 40.0), 0.5 * sin(t * (0.4 + luck.z) + luck.w * 40.0), cos(t * (0.45 + luck.w) + luck.x * 40.0));
    vec3 speed = fall.xyz * (0.75 + 0.5 * luck.w);
    vec3 middle = eye.xyz + forward.xyz * shape.z;
    vec3 p = luck.xyz * 2.0 * box.xyz + speed * t + wander * fall.w;
    p = mod(p - middle + box.xyz, 2.0 * box.xyz) - box.xyz + middle;
    float size = shape.x * (1.0 + shape.y * (luck.y - 0.5));
    vec3 side = right.xyz, high = up.xyz;
    float alpha = 1.0;
#if KIND == STREAK
    vec3 path = speed * box.w;
    high = path * 0.5;
    side = normalize(cross(path, p - eye.xyz)) * 1.0;
    p += side * corner.x * size + high * corner.y;
#elif KIND == PETALS
    float turn = t * (1.2 + 2.0 * luck.z) + luck.x * 30.0;
    vec3 tilt = vec3(sin(turn), cos(turn * 0.7), sin(turn * 0.6 + 1.0));
    side = normalize(right.xyz + tilt * 0.8);
    high = normalize(up.xyz + tilt.zxy * 0.8);
    p += (side * corner.x * 0.7 + high * corner.y) * size;
#elif KIND == FIREFLY
    alpha = pow(0.5 + 0.5 * sin(t * (0.8 + luck.z * 1.4) + luck.w * 50.0), 2.0);
    p += (side * corner.x + high * corner.y) * size;
#else
    p += (side * corner.x + high * corner.y) * size;
#endif
    float distance = dot(p - eye.xyz, forward.xyz);
    float limit = box.z;
    alpha *= (KIND == STREAK ? smoothstep(0.8, 2.4, distance) : smoothstep(0.25, 0.9, distance)) * (1.0 - smoothstep(limit * 0.65, limit, distance)) * smoothstep(floor_height, floor_height + 0.3, p.y);
    spot = corner;
    shade = vec4(mix(tint.rgb, second_tint.rgb, luck.w) * shape.w, tint.a * alpha);
    gl_Position = view_projection * vec4(p, 1.0);
}
