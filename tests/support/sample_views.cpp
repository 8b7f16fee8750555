// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample_views.h"

#include "hardware/scan/encode.h"

#include <stdexcept>

namespace millpond::tests {
namespace {

using flow::Button;
using flow::Icon;
using flow::Locale;
using flow::Target;
using flow::Tone;

class Samples {
 public:
  explicit Samples(Locale locale) : locale_{locale}, code_{scan::encode_qr(sample_code_text()).value()} {}

  [[nodiscard]] std::vector<SampleView> all() const {
    std::vector<SampleView> samples{
        {"attract", page(attract())}, {"scan", page(scan_view())},     {"phone", page(phone("138 0013 8000"))},
        {"consent", page(consent())}, {"card", personal(card(3))},     {"issued", personal(issued())},
        {"notice", page(notice())},   {"welcome", personal(welcome())}};
    samples.push_back({"attract-offline", offline(page(attract()))});
    samples.push_back({"scan-problem", offline(page(scan_problem()))});
    samples.push_back({"scan-no-camera", page(scan_without_camera())});
    samples.push_back({"phone-empty", offline(page(phone("")))});
    samples.push_back({"phone-problem", page(phone_problem())});
    samples.push_back({"my-consents", personal(my_consents())});
    samples.push_back({"age", personal(age(true))});
    samples.push_back({"age-alone", personal(age(false))});
    samples.push_back({"too-young", page(too_young())});
    samples.push_back({"card-offline", offline(personal(card(9)))});
    samples.push_back({"card-empty", personal(card(0))});
    auto toast = personal(card(1));
    toast.toast =
        flow::Toast{Icon::print, Tone::positive, words("会员码已打印，请取走", "Printed; please take your slip")};
    samples.push_back({"card-toast", toast});
    auto leaving = offline(personal(issued()));
    leaving.chrome.countdown = flow::Banner{Icon::hourglass, Tone::warning, words("20 秒后退出", "Leaving in 20 s"),
                                            words("我还在，继续", "More time")};
    leaving.toast = flow::Toast{
        Icon::print, Tone::warning,
        words("打印机缺纸，请拍照保存会员码", "The printer is out of paper; take a photo of your code instead")};
    samples.push_back({"issued-leaving", leaving});
    auto exchange = issued();
    exchange.coupon = coupon(3);
    samples.push_back({"issued-exchange", personal(exchange)});
    samples.push_back({"issued-points", personal(issued_without_coupon())});
    for (auto& sample : samples) sample.view.locale = locale_;
    return samples;
  }

 private:
  [[nodiscard]] std::string words(const char* zh, const char* en) const { return locale_ == Locale::zh_cn ? zh : en; }
  [[nodiscard]] Button button(Target target, const char* zh, const char* en, Icon icon = Icon::none) const {
    return {target, words(zh, en), icon, true, ""};
  }
  [[nodiscard]] Button back() const { return button(Target::back, "返回", "Back", Icon::back); }

  [[nodiscard]] flow::ViewModel page(flow::Screen screen) const {
    flow::ViewModel view;
    view.revision = 1;
    view.chrome.brand = words("灯笼茶铺", "Lantern Tea");
    view.chrome.language = {Target::language, words("English", "中文"), Icon::language, true, ""};
    view.chrome.appearance = button(Target::appearance, "放大文字", "Larger text", Icon::text_size);
    view.screen = std::move(screen);
    return view;
  }
  [[nodiscard]] flow::ViewModel personal(flow::Screen screen) const {
    auto view = page(std::move(screen));
    view.personal = true;
    view.chrome.exit = button(Target::exit, "退出", "Exit", Icon::close);
    return view;
  }
  [[nodiscard]] flow::ViewModel offline(flow::ViewModel view) const {
    view.chrome.banner = flow::Banner{
        Icon::cloud_off, Tone::warning, words("断网 · 7 条待同步", "Offline · 7 to synchronise"),
        words("断网也能积分，网络恢复后自动同步", "Points still count and synchronise when the network returns")};
    return view;
  }

  [[nodiscard]] flow::AttractView attract() const {
    flow::AttractView view;
    view.headline = words("欢迎光临", "Welcome");
    view.lines = {words("每消费 ¥1 积 1 分，优惠自动匹配", "Earn 1 point for every ¥1; offers apply by themselves"),
                  words("断网也能积分，网络恢复后自动同步", "Points count without a network and synchronise later")};
    view.start = button(Target::start_scan, "扫会员码", "Scan member code", Icon::scan);
    view.tiles = {{button(Target::start_scan, "我的会员卡", "My card", Icon::ticket),
                   words("积分、等级与优惠券", "Points, tier and coupons"), Tone::brand},
                  {button(Target::join, "新会员注册", "Join", Icon::person_add),
                   words("20 秒办好，当场可用", "20 seconds, usable at once"), Tone::positive}};
    view.offer_title = words("消费满额送优惠券", "Spend and get a coupon");
    view.offer_detail = words("消费满 ¥30 送 ¥8 优惠券，12月21日止", "Spend ¥30 and get a ¥8 coupon, until 21 Dec");
    view.footer = words("轻触屏幕开始", "Touch the screen to start");
    return view;
  }

  [[nodiscard]] flow::ScanView scan_view() const {
    flow::ScanView view;
    view.title = words("扫会员码", "Scan member code");
    view.hint = words("请把会员码放进框内", "Hold your member code inside the frame");
    view.privacy = words("画面仅在本机处理，不保存", "Pictures stay on this machine and are not kept");
    view.use_phone = button(Target::use_phone, "改用手机号", "Use my phone number", Icon::phone);
    view.back = back();
    view.help = words("找不到会员码？请店员帮忙", "No member code? Ask our staff");
    return view;
  }
  [[nodiscard]] flow::ScanView scan_problem() const {
    auto view = scan_view();
    view.problem =
        flow::Banner{Icon::warning, Tone::warning,
                     words("这是付款码，请打开会员码。", "This is a payment code; open your member code."),
                     words("请打开会员码再扫一次；付款请到收银台。", "Scan your member code again; pay at the till.")};
    return view;
  }
  [[nodiscard]] flow::ScanView scan_without_camera() const {
    auto view = scan_view();
    view.camera_ready = false;
    view.camera_problem = words("摄像头未连接，请改用手机号，或请店员帮忙。",
                                "The camera is not connected. Use your phone number or ask our staff.");
    return view;
  }

  [[nodiscard]] flow::PhoneView phone(std::string typed) const {
    flow::PhoneView view;
    view.title = words("输入手机号", "Your phone number");
    view.hint = words("请输入 11 位手机号", "Type your 11-digit mobile number");
    view.placeholder = words("手机号", "Mobile number");
    view.note = words("手机号加密保存，只用于会员服务", "Kept encrypted and used for your membership only");
    for (int digit = 1; digit <= 9; ++digit) view.keys.push_back(key(digit));
    view.keys.push_back({Target::backspace, words("删除", "Delete"), Icon::backspace, true, ""});
    view.keys.push_back(key(0));
    view.submit = button(Target::submit, "下一步", "Next");
    view.submit.enabled = typed.size() == 13;
    view.submit.why_not = view.submit.enabled ? "" : words("请输完 11 位手机号。", "Type all 11 digits.");
    view.back = back();
    view.typed = std::move(typed);
    return view;
  }
  [[nodiscard]] flow::PhoneView phone_problem() const {
    auto view = phone("128 0013 8000");
    view.problem =
        flow::Banner{Icon::error, Tone::negative, words("这个手机号不对。", "This phone number is not valid."),
                     words("请检查后重新输入。", "Check it and type it again.")};
    return view;
  }
  [[nodiscard]] static Button key(int digit) {
    const auto target = static_cast<Target>(static_cast<int>(Target::digit_0) + digit);
    return {target, std::to_string(digit), Icon::none, true, ""};
  }

  [[nodiscard]] flow::ConsentView consent() const {
    flow::ConsentView view;
    view.title = words("加入会员", "Join");
    view.hint = words("请您本人阅读并选择，未勾选不影响您以后修改",
                      "Please read and choose yourself; you can change this later");
    view.choices = {
        {Target::consent_membership, words("加入会员（必选）", "Become a member (required)"),
         words("为您建立会员账户，记录积分、等级和优惠券。手机号加密保存，您可以随时注销。",
               "We keep an account with your points, tier and coupons. Your number is kept encrypted and you can leave "
               "at any time."),
         true, true},
        {Target::consent_marketing, words("接收优惠消息（可不选）", "Receive offers (optional)"),
         words("每周最多一条，可随时退订。", "At most one a week; you can stop them at any time."), false, false}};
    view.submit = button(Target::submit, "同意并加入", "Agree and join", Icon::check);
    view.back = back();
    return view;
  }

  // With a guardian, and where none may agree.
  [[nodiscard]] flow::ConsentView age(bool guardians_agree) const {
    flow::ConsentView view;
    view.title = words("请选择您的年龄", "How old are you?");
    view.hint = words("不需要填写生日，只记录您的回答", "No birthday needed; only your answer is kept");
    view.choices.push_back({Target::age_enough, words("已满 14 周岁", "14 or older"), "", false, false});
    if (guardians_agree) {
      view.choices.push_back(
          {Target::age_guardian, words("未满 14 周岁，监护人在场", "Under 14, with a parent or guardian"),
           words("由监护人阅读并代为同意", "They are here, read the terms and agree for you"), false, false});
    }
    const auto younger =
        guardians_agree ? words("未满 14 周岁，独自一人", "Under 14, on my own") : words("未满 14 周岁", "Under 14");
    view.choices.push_back({Target::age_younger, younger, "", false, false});
    view.one_of = true;
    view.back = back();
    return view;
  }

  [[nodiscard]] flow::NoticeView too_young() const {
    flow::NoticeView view;
    view.icon = Icon::people;
    view.tone = Tone::brand;
    view.title = words("暂时还不能加入", "Not just yet");
    view.text = words("未满 14 周岁，请和监护人一起来办理。", "Under 14, please come back with a parent or guardian.");
    view.next = words("您输入的号码没有保存，购物不受影响。", "Your number was not kept, and you can buy as ever.");
    view.action = button(Target::done, "完成", "Done");
    return view;
  }

  [[nodiscard]] flow::ConsentView my_consents() const {
    flow::ConsentView view;
    view.title = words("我的授权", "My choices");
    view.hint =
        words("轻触即可更改，立即生效，不影响积分和优惠券", "Touch to change; it counts at once, and your points stay");
    view.choices = {
        {Target::consent_marketing, words("接收优惠消息（可不选）", "Receive offers (optional)"),
         words("每周最多一条，可随时退订。", "At most one a week; you can stop them at any time."), false, false},
        {Target::consent_profiling, words("个性化推荐（可不选）", "Personal recommendations (optional)"),
         words("您此前同意过。取消后，需由本店重新征得您的同意。",
               "You agreed to this before. Once you take it back, the shop has to ask you anew."),
         true, false},
        {Target::consent_partners, words("与合作方共享（可不选）", "Sharing with partners (optional)"),
         words("您此前同意过。取消后，需由本店重新征得您的同意。",
               "You agreed to this before. Once you take it back, the shop has to ask you anew."),
         true, false}};
    view.submit = button(Target::done, "完成", "Done");
    view.back = back();
    return view;
  }

  [[nodiscard]] flow::CouponItem coupon(int index) const {
    struct Sample {
      const char* value[2];
      const char* condition[2];
      const char* terms[2];
    };
    static constexpr Sample samples[] = {
        {{"¥8", "¥8"}, {"满 ¥30 可用", "on ¥30 or more"}, {"每单限用 1 张", "1 per purchase"}},
        {{"8.5 折", "15% off"},
         {"满 ¥80 可用，最高减 ¥20", "on ¥80 or more, at most ¥20 off"},
         {"周一至周五 14:00 至 17:00 · 适用商品：鲜果茶", "Mon to Fri 14:00 to 17:00 · for: fruit teas"}},
        {{"¥128.50", "¥128.50"}, {"满 ¥1,000 可用", "on ¥1,000 or more"}, {"每单限用 1 张", "1 per purchase"}},
        {{"¥1 换购", "Item for ¥1"},
         {"满 ¥30 可用，加 ¥1 换购 1 份珍珠奶茶（最高减 ¥17）",
          "on ¥30 or more, one of these for ¥1: a pearl milk tea (at most ¥17 off)"},
         {"限 11、12 号店 · 不与其他券同用", "shop 11, 12 only · not with other coupons"}}};
    const auto at = static_cast<std::size_t>(index % 4);
    const std::size_t in = locale_ == Locale::zh_cn ? 0 : 1;
    flow::CouponItem item;
    item.value = samples[at].value[in];
    item.condition = samples[at].condition[in];
    item.terms = samples[at].terms[in];
    item.validity = words("有效期至 12月21日", "valid until 21 Dec");
    item.campaign = words("消费满额送优惠券", "Spend and get a coupon");
    item.tone = at == 1 ? Tone::positive : Tone::brand;
    item.usable = index != 2;
    item.state = item.usable ? "" : words("已使用", "used");
    return item;
  }

  [[nodiscard]] flow::CardView card(int coupons) const {
    flow::CardView view;
    view.title = words("我的会员卡", "My card");
    view.initial = words("林", "L");
    view.name = words("林**", "L** Xiaoyu");
    view.number = "138 **** 2917";
    view.tier = words("金卡会员", "Gold");
    view.points_label = words("可用积分", "Points");
    view.points = "2,490";
    view.as_of = words("截至 10:42 · +35 待确认", "as of 10:42 · +35 to be confirmed");
    view.progress_label = words("再消费 ¥510 升铂金", "Spend ¥510 more for Platinum");
    view.progress = 0.83;
    view.progress_detail = "¥2,490 / ¥3,000";
    view.code = code_;
    view.code_title = words("收银台出示", "Show at the till");
    view.code_lines = {
        words("付款前出示，积分和优惠自动匹配", "Show it before paying; points and offers match by themselves"),
        words("积分抵扣由您确认", "You decide when points are spent")};
    view.print = button(Target::print_card, "打印会员码", "Print member code", Icon::print);
    view.coupons_title = words("我的优惠券", "My coupons");
    for (int i = 0; i < coupons; ++i) view.coupons.push_back(coupon(i));
    view.no_coupons = words("暂时没有优惠券，消费后可能获得", "No coupons yet; a purchase may bring one");
    view.consents = button(Target::my_consents, "我的授权", "My choices", Icon::shield);
    view.done = button(Target::done, "完成", "Done");
    return view;
  }

  [[nodiscard]] flow::IssuedView issued() const {
    flow::IssuedView view;
    view.icon = Icon::gift;
    view.title = words("送您一张优惠券", "A coupon for you");
    view.subtitle = words("本次消费 ¥68.50", "This purchase: ¥68.50");
    view.points = "+68";
    view.points_label = words("本次积分", "Points earned");
    view.balance = words("可用积分 2,558", "2,558 points in all");
    view.coupon = coupon(0);
    view.code = code_;
    view.code_hint = words("下次付款前出示此券码", "Show this coupon code before you pay next time");
    view.print_hint = words("小票正在打印", "Your slip is being printed");
    view.done = button(Target::done, "完成", "Done");
    return view;
  }
  [[nodiscard]] flow::IssuedView issued_without_coupon() const {
    auto view = issued();
    view.icon = Icon::check;
    view.title = words("积分已到账", "Points added");
    view.coupon.reset();
    view.code = {};
    view.print_hint = words("打印机缺纸，小票没有打印；您的权益已经记录。",
                            "The printer is out of paper, so there is no slip; everything is recorded.");
    view.print_tone = Tone::warning;
    return view;
  }
  [[nodiscard]] flow::IssuedView welcome() const {
    auto view = issued();
    view.icon = Icon::check;
    view.title = words("号码已收到，谢谢您", "Number received, thank you");
    view.subtitle = words("请在 3 分钟内付款，积分记到这个号码；需要会员卡请找店员",
                          "Pay within 3 minutes and the points go to this number; for a member card, ask our staff");
    view.points.clear();
    view.balance.clear();
    view.coupon.reset();
    view.code = {};
    view.code_hint.clear();
    view.print_hint.clear();
    return view;
  }

  [[nodiscard]] flow::NoticeView notice() const {
    flow::NoticeView view;
    view.icon = Icon::cloud_off;
    view.title = words("屏幕正在重新连接", "This screen is reconnecting");
    view.text = words("收银照常，积分可能稍后到账。", "The till goes on as ever; points may be added a little later.");
    view.next = words("请稍候，会自动恢复；如超过一分钟，请店员帮忙。",
                      "One moment, it comes back by itself; after a minute please ask our staff.");
    view.action = button(Target::retry, "重试", "Try again");
    return view;
  }

  Locale locale_;
  ports::QrModules code_;
};

}  // namespace

std::string sample_code_text() { return "MP1/4K7Q-9TXN-2W6B-HC3D-YF58-PM4J-8RQZ-61VA-K3NE-T7XG-05BD-QW2H"; }

std::vector<SampleView> sample_views(flow::Locale locale) { return Samples{locale}.all(); }

flow::ViewModel sample_view(const std::string& name, flow::Locale locale) {
  for (auto& sample : sample_views(locale)) {
    if (sample.name == name) return sample.view;
  }
  throw std::invalid_argument{"no sample view " + name};
}

}  // namespace millpond::tests
