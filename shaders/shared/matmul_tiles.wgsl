// A matrix product in tiles that a workgroup shares: the kernel before it says what its operands are (`depth`, `left_block`,
// `right_block`) and where a result goes (`store`). Of $SPLIT slices of a workgroup each sums up every $SPLITth piece of the
// depth, in its own tiles, and in the end the slices are added up. An invocation holds 4·$ROWS × 4·$COLS results in registers,
// in blocks of 4 × 4 that lie $HIGH and $WIDE blocks apart, so that neighbours read and write what lies side by side. While it
// multiplies one piece of the depth, it has the next fetched: memory takes longer than the sums.
#if TILED
// [SPLIT][DEPTH/4][TALL] and [SPLIT][DEPTH/4][BROAD]: four rows, and four columns, of every fourth step of the depth. An array for
// each of four steps, so that one index, which is checked against the end of the array, serves them all.
#repeat i 4
var<workgroup> left$i: array<vec4<f32>, $LEFT_VECTORS>;
var<workgroup> right$i: array<vec4<f32>, $RIGHT_VECTORS>;
#end

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
    let left_start = id.z * $DEPTHu / 4u * $TALLu;
    let right_start = id.z * $DEPTHu / 4u * $BROADu;
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
                let index = left_start + place.y * $TALLu + place.x;
#repeat i 4
                left$i[index] = block$b[$i];
#end
            } else if at < $BLOCKSu {
                let place = right_place(at - $LEFT_BLOCKSu);
                let index = right_start + place.y * $BROADu + place.x;
#repeat i 4
                right$i[index] = block$b[$i];
#end
            }
            if start + $DEPTHu * $SPLITu < depth {
                block$b = fetch(min(at, $BLOCKSu - 1u), row, column, (start + $DEPTHu * ($SPLITu + id.z)) / 4u);
            }
        }
#end
        workgroupBarrier();
        for (var k = 0u; k < $DEPTHu / 4u; k++) {
#repeat r ROWS
            let left_at$r = left_start + k * $TALLu + $ru * $HIGHu + id.y;
#end
#repeat c COLS
            let right_at$c = right_start + k * $BROADu + $cu * $WIDEu + id.x;
#end
#repeat j 4
            {
#repeat r ROWS
                let a$r = left$j[left_at$r];
#end
#repeat c COLS
                let b$c = right$j[right_at$c];
#repeat r ROWS
#repeat i 4
                sum$r_$i_$c += a$r[$i] * b$c;
#end
#end
#end
            }
#end
        }
        workgroupBarrier();
    }
#if HALVES
    // The upper half of the slices hands its sums to the lower, until one is left.
    for (var slices = $SPLITu / 2u; slices > 0u; slices /= 2u) {
        let index = (id.z % slices) * $LANESu + lane;
#repeat r ROWS
#repeat c COLS
        if id.z >= slices && id.z < 2u * slices {
#repeat i 4
            left$i[index] = sum$r_$i_$c;
#end
        }
        workgroupBarrier();
        if id.z < slices {
#repeat i 4
            sum$r_$i_$c += left$i[index];
#end
        }
        workgroupBarrier();
#end
#end
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
