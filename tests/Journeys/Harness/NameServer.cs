using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>How a <see cref="NameServer"/> answers from now on.</summary>
internal enum NameService
{
    Answers,
    Fails,
    Silent,
}

/// <summary>A name server (RFC 1035) on a loopback address of its own, for one process: the system's resolver asks it, over UDP.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int HeaderLength = 12;
    private const int TypeA = 1;

    /// <summary>The name that is in the question (RFC 1035, 4.1.4).</summary>
    private const ushort SameName = 0xC000 | HeaderLength;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<string, IPAddress> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Task _serving;
    private volatile NameService _service;

    public NameServer()
    {
        // Two runs at once rarely have the same.
        Address = new IPAddress([127, 53, (byte)(Environment.ProcessId >> 8), (byte)Environment.ProcessId]);
        _socket.Bind(new IPEndPoint(Address, 53));
        _serving = ServeAsync();
    }

    public IPAddress Address { get; }

    public NameService Service
    {
        set => _service = value;
    }

    /// <summary>Where a name leads; null for nowhere.</summary>
    public IPAddress? this[string name]
    {
        set
        {
            if (value is null)
            {
                _names.TryRemove(name, out _);
            }
            else
            {
                _names[name] = value;
            }
        }
    }

    /// <summary>Gives a process that is about to be started another /etc/resolv.conf than this machine's.</summary>
    public void Serve(ProcessStartInfo info, Folder folder)
    {
        var file = folder.Write("resolv.conf", $"nameserver {Address}\noptions timeout:1 attempts:1\n");
        string[] before = ["--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", file, info.FileName];
        for (var i = 0; i < before.Length; i++)
        {
            info.ArgumentList.Insert(i, before[i]);
        }

        info.FileName = "unshare";
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                var question = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                if (_service != NameService.Silent)
                {
                    await _socket.SendToAsync(Answer(buffer.AsSpan(0, question.ReceivedBytes)), question.RemoteEndPoint);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was disposed of.
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> question)
    {
        var labels = new List<string>();
        var at = HeaderLength;
        for (; question[at] != 0; at += question[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(question.Slice(at + 1, question[at])));
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(question[(at + 1)..]);
        var isKnown = _names.TryGetValue(string.Join('.', labels), out var address);
        const int serverFailure = 2, noSuchName = 3;
        var code = _service == NameService.Fails ? serverFailure : isKnown ? 0 : noSuchName;
        var isAnswered = code == 0 && type == TypeA;

        var answer = new List<byte>();
        answer.AddRange(question[..2]);
        Add(0x8180 | code, 1, isAnswered ? 1 : 0, 0, 0);
        answer.AddRange(question[HeaderLength..(at + 5)]);
        if (isAnswered)
        {
            Add(SameName, TypeA, 1, 0, 0, 4);
            answer.AddRange(address!.GetAddressBytes());
        }

        return [.. answer];

        void Add(params ReadOnlySpan<int> numbers)
        {
            foreach (var number in numbers)
            {
                answer.Add((byte)(number >> 8));
                answer.Add((byte)number);
            }
        }
    }
}
