// Everything that is the same for a whole frame. The order is the one of `renderer.FRAME_FIELDS`.
layout(std140) uniform Frame {
    mat4 view_projection;
    mat4 shadow_wide;    // world -> static shadow map, 0..1
    mat4 shadow_near;    // world -> shadow map of what moves, 0..1
    vec4 eye;            // xyz, w: seconds
    vec4 right;          // camera axes; w of right and up: tangent of half the view angle
    vec4 up;
    vec4 forward;        // w: 1 / width of the picture drawn
    vec4 sun;            // direction to the sun or moon, w: 1 if it is the moon
    vec4 sun_colour;     // linear, w: how much it lights surfaces in shadow maps (0 indoors)
    vec4 zenith;         // w: stars
    vec4 horizon;        // w: sharpness of the gradient
    vec4 glow;           // around the sun, w: disc brightness
    vec4 above;          // ambient light from above, w: 1 indoors
    vec4 below;          // ambient light from below, w: 1 / height of the picture drawn
    vec4 fill;           // light from the camera's side so that subjects read, w: share that scenery gets
    vec4 fog;            // density per metre, falloff per metre of height, base height, fixed colour share
    vec4 fog_colour;
    vec4 clouds;         // cover, softness, brightness, speed
    vec4 cloud_colour;
    vec4 weather;        // wetness, snow cover, wind, lightning
    vec4 tone;           // exposure, windows lit, height below which nothing is drawn, lamps
    vec4 lamp_place[8];  // xyz, reach
    vec4 lamp_colour[8];
};
uniform sampler2D noise_map;  // r: soft noise, g: grain, ba: gradient of r

// Filmic curve with gamma inside (Hejl and Burgess-Dawson, GDC 2010): no pow, and rich blacks.
vec3 film(vec3 light) {
    vec3 x = max(light * tone.x - 0.004, 0.0);
    return (x * (6.2 * x + 0.5)) / (x * (6.2 * x + 1.7) + 0.06);
}

vec3 sky_gradient(vec3 direction) {
    float low = 1.0 - clamp(direction.y, 0.0, 1.0);
    float low2 = low * low;
    float t = mix(low2, low2 * low2 * low2, horizon.w);
    float s = max(dot(direction, sun.xyz), 0.0);
    float s2 = s * s, s4 = s2 * s2, s8 = s4 * s4, s32 = s8 * s8 * s8 * s8;
    return mix(zenith.rgb, horizon.rgb, t) + glow.rgb * (s4 * 0.18 * low + s8 * 0.22 + s32 * 0.6);
}
