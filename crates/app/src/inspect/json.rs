//! What an image is, for programs.

use super::serial;
use beige_host::Geometry;
use beige_host::inspect::{
    BootSector, FatVolume, FileSystem, GeometrySource, Inspection, Medium, ParameterBlock, PartitionInfo, Volume,
};
use serde_json::{Value, json};

/// The object of one image.
pub(super) fn image(name: &str, image: &Inspection) -> Value {
    let Inspection { bytes, container, problem, medium: found, boot, partitions, volumes, seems } = image;
    json!({
        "file": name,
        "seems": seems,
        "bytes": bytes,
        "format": container.as_ref().map_or("raw", |container| container.name),
        "remedy": container.as_ref().map(|container| container.remedy.replace("IMAGE", name)),
        "problem": problem.as_ref().map(|problem| format!("it {problem}")),
        "medium": found.as_ref().map(medium),
        "boot_sector": found.as_ref().map(|_| boot_sector(boot)),
        "partitions": partitions.iter().map(partition).collect::<Vec<_>>(),
        "file_systems": volumes.iter().map(volume).collect::<Vec<_>>(),
    })
}

fn chs(geometry: Geometry) -> Value {
    json!([geometry.cylinders, geometry.heads, geometry.sectors])
}

fn medium(medium: &Medium) -> Value {
    match medium {
        Medium::Floppy { format, stored_sectors } => json!({
            "kind": "floppy",
            "format": format.name,
            "chs": chs(format.geometry),
            "chs_from": "size",
            "sectors": format.geometry.total_sectors(),
            "stored_sectors": stored_sectors,
        }),
        Medium::HardDisk(disk) => {
            let source = match disk.source {
                GeometrySource::PartitionTable => "partition-table",
                GeometrySource::ParameterBlock => "parameter-block",
                GeometrySource::Size => "size",
            };
            json!({ "kind": "hard-disk", "chs": chs(disk.logical), "chs_from": source, "drive_chs": chs(disk.physical) })
        }
    }
}

fn boot_sector(boot: &BootSector) -> Value {
    let BootSector { has_signature, has_code, oem_name, parameter_block } = boot;
    json!({
        "signature": has_signature,
        "code": has_code,
        "oem_name": oem_name,
        "parameter_block": parameter_block.as_ref().map(parameters),
    })
}

fn parameters(block: &ParameterBlock) -> Value {
    let ParameterBlock { sector_bytes, cluster_sectors, reserved, fats, root_entries, sectors, .. } = block;
    let ParameterBlock { media, fat_sectors, track_sectors, heads, hidden, .. } = block;
    json!({
        "sector_bytes": sector_bytes,
        "cluster_sectors": cluster_sectors,
        "reserved_sectors": reserved,
        "fats": fats,
        "fat_sectors": fat_sectors,
        "root_entries": root_entries,
        "sectors": sectors,
        "media": media,
        "track_sectors": track_sectors,
        "heads": heads,
        "hidden_sectors": hidden,
    })
}

fn partition(found: &PartitionInfo) -> Value {
    let PartitionInfo { number, kind, active, first_lba, sectors, first_chs, last_chs, fits } = found;
    json!({
        "number": number,
        "type": kind,
        "type_name": found.type_name(),
        "active": active,
        "first_sector": first_lba,
        "sectors": sectors,
        "first_chs": first_chs,
        "last_chs": last_chs,
        "fits": fits,
    })
}

fn volume(volume: &Volume) -> Value {
    match &volume.file_system {
        FileSystem::Other { name, label } => json!({ "partition": volume.partition, "type": name, "label": label }),
        FileSystem::Fat(fat) => {
            let FatVolume { bits, cluster_bytes, clusters, free_clusters, boot_label, label, serial: number, .. } =
                &**fat;
            let root = fat
                .root
                .iter()
                .map(|entry| json!({ "name": entry.name, "bytes": entry.bytes, "directory": entry.is_directory }));
            json!({
                "partition": volume.partition,
                "type": format!("FAT{bits}"),
                "label": label,
                "boot_sector_label": boot_label,
                "serial": number.map(serial),
                "cluster_bytes": cluster_bytes,
                "clusters": clusters,
                "free_clusters": free_clusters,
                "root": root.collect::<Vec<_>>(),
                "root_has_more": fat.has_more,
            })
        }
    }
}
