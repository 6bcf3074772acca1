using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// What was lowered and the database does not have yet, where a full disk cannot refuse it: the file has its blocks from the
/// day it is made. Nothing is synced, so that nobody waits for the disk: what is here outlives the process, and not the machine.
/// </summary>
internal sealed class LoweredAside : IDisposable
{
    /// <summary>A status with a hundred refused image digests has a quarter of it.</summary>
    public const int SlotBytes = 32 * 1024;

    /// <summary>So many rollouts may be lowered while the store is away; a next one would have to be again after a restart.</summary>
    public const int Slots = 32;

    private const int Head = sizeof(int) + sizeof(ulong);

    private readonly Lock _gate = new();
    private readonly SafeFileHandle? _file;
    private readonly RolloutStatus?[] _held = new RolloutStatus?[Slots];

    private LoweredAside(SafeFileHandle? file)
    {
        _file = file;
        for (var slot = 0; file is not null && slot < Slots; slot++)
        {
            _held[slot] = Read(file, slot);
        }
    }

    /// <summary>A directory in which there is no room for it has none: what is lowered is lowered all the same.</summary>
    public static LoweredAside Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            PrivateFile.MakeIfMissing(path);
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            for (var at = RandomAccess.GetLength(file); at < Slots * SlotBytes; at = RandomAccess.GetLength(file))
            {
                RandomAccess.Write(file, new byte[SlotBytes - (at % SlotBytes)], at);
            }

            return new LoweredAside(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            return new LoweredAside(null);
        }
    }

    /// <summary>What was put here and not taken, by this process or one before it; null if there is nothing of this rollout.</summary>
    public RolloutStatus? LeftOf(string rollout)
    {
        lock (_gate)
        {
            return SlotOf_NeedsLock(rollout) is >= 0 and var slot ? _held[slot] : null;
        }
    }

    public void Put(RolloutStatus status)
    {
        var bytes = new byte[SlotBytes];
        if (_file is null || !TryFill(bytes, status, out var length))
        {
            return;
        }

        lock (_gate)
        {
            if (SlotOf_NeedsLock(status.Name) is >= 0 and var slot || (slot = Array.IndexOf(_held, null)) >= 0)
            {
                _held[slot] = status;
                Write(slot, bytes.AsSpan(0, length));
            }
        }
    }

    /// <summary>The database has it; what was put here since stays.</summary>
    public void Take(RolloutStatus status)
    {
        lock (_gate)
        {
            if (Array.FindIndex(_held, held => ReferenceEquals(held, status)) is >= 0 and var slot)
            {
                _held[slot] = null;
                Write(slot, stackalloc byte[Head]);
            }
        }
    }

    public void Dispose() => _file?.Dispose();

    private int SlotOf_NeedsLock(string rollout) => Array.FindIndex(_held, held => held?.Name == rollout);

    /// <summary>Of too many refused versions the oldest are left out, as the status itself does.</summary>
    private static bool TryFill(byte[] slot, RolloutStatus status, out int length)
    {
        var json = Encoding.UTF8.GetBytes(StoreJson.Write(status));
        while (json.Length > SlotBytes - Head && status.RefusedVersions.Length > 1)
        {
            status = status with { RefusedVersions = status.RefusedVersions.RemoveRange(0, (status.RefusedVersions.Length + 1) / 2) };
            json = Encoding.UTF8.GetBytes(StoreJson.Write(status));
        }

        length = Head + json.Length;
        if (length > SlotBytes)
        {
            return false;
        }

        BinaryPrimitives.WriteInt32LittleEndian(slot, json.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(sizeof(int)), XxHash3.HashToUInt64(json));
        json.CopyTo(slot.AsSpan(Head));
        return true;
    }

    /// <summary>A write that a kill tore is none.</summary>
    private static RolloutStatus? Read(SafeFileHandle file, int slot)
    {
        var bytes = new byte[SlotBytes];
        RandomAccess.Read(file, bytes, (long)slot * SlotBytes);
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length is <= 0 or > SlotBytes - Head)
        {
            return null;
        }

        var json = bytes.AsSpan(Head, length);
        return XxHash3.HashToUInt64(json) == BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(sizeof(int)))
            ? StoreJson.TryRead<RolloutStatus>(Encoding.UTF8.GetString(json))
            : null;
    }

    private void Write(int slot, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_file!, bytes, (long)slot * SlotBytes);
        }
        catch (IOException)
        {
            // The database is told all the same, and it is the one that says whether the disk can be written.
        }
    }
}
