// A matrix product in tiles that a workgroup shares: the kernel before it says what its operands are (`depth`, `left_block`,
// `right_block`) and where a result goes (`store`). Of $SPLIT slices of a workgroup each sums up every $SPLITth piece of the
// depth, in its own tiles, and in the end the slices are added up. An invocation holds 4·$ROWS × 4·$COLS results in registers,
// in blocks of 4 × 4 that lie $HIGH and $WIDE blocks apart, so that neighbours read and write what lies side by side. While it
// multiplies one piece of the depth, it has the next fetched: memory takes longer than the sums.
#if TILED
// [SPLIT][DEPTH][HIGH·ROWS] and [SPLIT][DEPTH][WIDE·COLS]: four rows, and four columns, of each step of the depth.
var<workgroup> left: array<vec4<f32>, $LEFT_VECTORS>;
var<workgroup> right: array<vec4<f32>, $RIGHT_VECTORS>;

// Where block `at` of a piece of the depth lies: among the rows or columns, and in the depth.
fn left_place(at: u32) -> vec2<u32> {
#if LEFT_ALONG
    return vec2(at / ($DEPTHu / 4u), at % ($DEPTHu / 4u));
#else
    return vec2(at % $TALLu, at / $TALLu);
#end
}

fn right_place(at: u32) -> vec2<u32> {
#if RIGHT_ALONG
    return vec2(at / ($DEPTHu / 4u), at % ($DEPTHu / 4u));
#else
    return vec2(at % $BROADu, at / $BROADu);
#end
}

// Block `at` of a piece that begins at `step`: first those of the left operand, then those of the right.
fn fetch(at: u32, row: u32, column: u32, step: u32) -> mat4x4<f32> {
    if at < $LEFT_BLOCKSu {
        let place = left_place(at);
        return left_block(row + place.x, step + place.y);
    }
    let place = right_place(at - $LEFT_BLOCKSu);
    return right_block(column + place.x, step + place.y);
}

@compute @workgroup_size($WIDE, $HIGH, $SPLIT)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
    let row = group.y * $TALLu;
    let column = group.x * $BROADu;
    let lane = id.y * $WIDEu + id.x;
    let left_start = id.z * $DEPTHu * $TALLu;
    let right_start = id.z * $DEPTHu * $BROADu;
    let depth = depth();
#repeat r ROWS
#repeat c COLS
#repeat i 4
    var sum$r_$i_$c = vec4<f32>();
#end
#end
#end
#repeat b FETCHED
    var block$b = fetch(min(lane + $bu * $LANESu, $BLOCKSu - 1u), row, column, id.z * ($DEPTHu / 4u));
#end
    for (var start = 0u; start < depth; start += $DEPTHu * $SPLITu) {
#repeat b FETCHED
        {
            let at = lane + $bu * $LANESu;
            if at < $LEFT_BLOCKSu {
                let place = left_place(at);
#repeat i 4
                left[left_start + (4u * place.y + $iu) * $TALLu + place.x] = block$b[$i];
#end
            } else if at < $BLOCKSu {
                let place = right_place(at - $LEFT_BLOCKSu);
#repeat i 4
                right[right_start + (4u * place.y + $iu) * $BROADu + place.x] = block$b[$i];
#end
            }
            if start + $DEPTHu * $SPLITu < depth {
                block$b = fetch(min(at, $BLOCKSu - 1u), row, column, (start + $DEPTHu * ($SPLITu + id.z)) / 4u);
            }
        }
#end
        workgroupBarrier();
        for (var k = 0u; k < $DEPTHu; k++) {
#repeat r ROWS
            let a$r = left[left_start + k * $TALLu + $ru * $HIGHu + id.y];
#end
#repeat c COLS
            let b$c = right[right_start + k * $BROADu + $cu * $WIDEu + id.x];
#repeat r ROWS
#repeat i 4
            sum$r_$i_$c += a$r[$i] * b$c;
#end
#end
#end
        }
        workgroupBarrier();
    }
#if HALVES
    // The upper half of the slices hands its sums to the lower, until one is left.
    for (var slices = $SPLITu / 2u; slices > 0u; slices /= 2u) {
        let place = (id.z % slices) * $LANESu + lane;
        let other = place + $SPLITu / 2u * $LANESu;
        if id.z >= slices && id.z < 2u * slices {
            left[place] = sum0_0_0;
            left[other] = sum0_1_0;
            right[place] = sum0_2_0;
            right[other] = sum0_3_0;
        }
        workgroupBarrier();
        if id.z < slices {
            sum0_0_0 += left[place];
            sum0_1_0 += left[other];
            sum0_2_0 += right[place];
            sum0_3_0 += right[other];
        }
        workgroupBarrier();
    }
    if id.z > 0u { return; }
#end
#repeat r ROWS
#repeat c COLS
#repeat i 4
    store(4u * (row + $ru * $HIGHu + id.y) + $iu, column + $cu * $WIDEu + id.x, sum$r_$i_$c);
#end
#end
#end
}
#end
